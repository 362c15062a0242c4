import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.exception.MongoServerError;
import java.net.InetSocketAddress;
import org.h2.mvstore.MVStore;

/**
 * A MongoDB-wire server for tests: mongo-java-server on an H2 MVStore file. What is added to it: a write is forced to disk
 * before it is acknowledged (one force for all writes that wait), partial unique indexes, secondary indexes, hello and sessions
 * as a standalone server answers them, SCRAM-SHA-256, and a refusal where the library would silently do something else.
 * Arguments: the port (0 for any, which is printed) and the file.
 */
public final class Main {
    public static void main(String[] args) throws Exception {
        MVStore store = new MVStore.Builder().fileName(args[1]).cacheSize(256).open();
        store.setRetentionTime(0);
        MongoServer server = new MongoServer(new Backend(store, Scram.fromEnvironment(), Integer.getInteger("wire.version", 9)));
        server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("up on port " + server.getLocalAddress().getPort());
    }

    static MongoServerError error(int code, String name, String message) { return new MongoServerError(code, name, message); }
}

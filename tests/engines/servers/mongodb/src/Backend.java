import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.mvstore.MVStore;

/** Answers the commands: what the library lacks, and what it must refuse. */
final class Backend extends H2Backend {
    private static final Set<String> WRITES = Set.of("insert", "update", "delete", "findandmodify", "create", "createindexes",
        "drop", "dropindexes", "deleteindexes", "dropdatabase", "renamecollection", "aggregate");
    private static final Set<String> BEFORE_AUTH = Set.of("hello", "ismaster", "saslstart", "saslcontinue", "ping", "buildinfo",
        "endsessions");
    private static final String NO_PIPELINES = "the test server has no pipeline updates";
    private static final String NO_TRANSACTIONS = "Transaction numbers are only allowed on a replica set member or mongos";
    private final MVStore store;
    private final Scram scram;
    private final int wireVersion;
    private final AtomicInteger connections = new AtomicInteger();
    private long asked, done;
    private boolean flushing;

    Backend(MVStore store, Scram scram, int wireVersion) {
        super(store);
        this.store = store;
        this.scram = scram;
        this.wireVersion = wireVersion;
        version(new MongoVersion() {
            @Override public List<Integer> getVersionArray() { return List.of(4, 4, 0); }
            @Override public int getWireVersion() { return wireVersion; }
        });
    }

    /** Also called from super(...). */
    @Override protected MongoDatabase openOrCreateDatabase(String name) {
        return new Database(name, getMvStore(), getCursorRegistry());
    }

    @Override public Document handleCommand(Channel channel, String database, String command, Document query) {
        String name = command.toLowerCase(Locale.ROOT);
        if (scram != null && !BEFORE_AUTH.contains(name) && !scram.isDone(channel)) {
            throw Main.error(13, "Unauthorized", "command " + command + " requires authentication");
        }
        switch (name) {
            case "hello": case "ismaster": return hello(query);
            case "saslstart": return sasl(channel, query, true);
            case "saslcontinue": return sasl(channel, query, false);
            case "startsession": case "endsessions": case "refreshsessions": case "logout": return new Document("ok", 1.0);
            case "committransaction": case "aborttransaction":
                throw Main.error(20, "IllegalOperation", NO_TRANSACTIONS);
            default:
        }
        if (query.containsKey("txnNumber")) {
            throw Main.error(20, "IllegalOperation", NO_TRANSACTIONS);
        }
        Document reply = run(channel, database, command, name, query);
        if (WRITES.contains(name)) flush();
        return reply;
    }

    private Document run(Channel channel, String database, String command, String name, Document query) {
        if (query.containsKey("collation")) throw Main.error(238, "NotImplemented", "the test server has no collation");
        switch (name) {
            case "create":
                if (query.containsKey("validator")) throw Main.error(238, "NotImplemented", "the test server has no validator");
                break;
            case "insert": {
                Document reply = super.handleCommand(channel, database, command, query);
                if (reply.get("writeErrors") instanceof Collection<?> errors && !errors.isEmpty()) {
                    int total = ((Collection<?>) query.get("documents")).size();
                    reply.put("n", ordered(query) ? ((Document) errors.iterator().next()).get("index") : (Object) (total - errors.size()));
                }
                return reply;
            }
            case "update": return update(channel, database, command, query);
            case "findandmodify":
                if (query.get("update") instanceof Collection<?>) throw Main.error(9, "FailedToParse", NO_PIPELINES);
                break;
            default:
        }
        return super.handleCommand(channel, database, command, query);
    }

    private static boolean ordered(Document query) { return !Boolean.FALSE.equals(query.get("ordered")); }

    /** One update at a time, so that an ordered list ends at its first error. */
    private Document update(Channel channel, String database, String command, Document query) {
        List<Document> errors = new ArrayList<>();
        List<Document> upserted = new ArrayList<>();
        int n = 0, modified = 0, at = 0;
        for (Object one : (Collection<?>) query.get("updates")) {
            if (((Document) one).get("u") instanceof Collection<?>) throw Main.error(9, "FailedToParse", NO_PIPELINES);
            Document single = query.clone();
            single.put("updates", new ArrayList<>(List.of(one)));
            Document reply = super.handleCommand(channel, database, command, single);
            n += ((Number) reply.get("n")).intValue();
            modified += ((Number) reply.get("nModified")).intValue();
            if (reply.get("upserted") instanceof Collection<?> list) {
                for (Object u : list) { Document d = ((Document) u).clone(); d.put("index", at); upserted.add(d); }
            }
            if (reply.get("writeErrors") instanceof Collection<?> list && !list.isEmpty()) {
                for (Object e : list) { Document d = ((Document) e).clone(); d.put("index", at); errors.add(d); }
                if (ordered(query)) break;
            }
            at++;
        }
        Document reply = new Document("n", n).append("nModified", modified);
        if (!upserted.isEmpty()) reply.put("upserted", upserted);
        if (!errors.isEmpty()) reply.put("writeErrors", errors);
        return reply.append("ok", 1.0);
    }

    private Document hello(Document query) {
        Document d = new Document("isWritablePrimary", true).append("ismaster", true).append("helloOk", true)
            .append("maxBsonObjectSize", 16777216).append("maxMessageSizeBytes", 48000000).append("maxWriteBatchSize", 100000)
            .append("localTime", Instant.now()).append("logicalSessionTimeoutMinutes", 30)
            .append("connectionId", connections.incrementAndGet()).append("minWireVersion", 0).append("maxWireVersion", wireVersion)
            .append("readOnly", false);
        if (query.containsKey("saslSupportedMechs")) d.put("saslSupportedMechs", List.of("SCRAM-SHA-256"));
        return d.append("ok", 1.0);
    }

    private Document sasl(Channel channel, Document query, boolean first) {
        if (scram == null) throw Main.error(18, "AuthenticationFailed", "Authentication failed: the server has no users");
        return first ? scram.start(channel, query) : scram.proceed(channel, query);
    }

    /** Returns once all that was written before the call is on disk. */
    private void flush() {
        long mine, until;
        synchronized (this) {
            mine = ++asked;
            while (flushing && done < mine) {
                try { wait(); } catch (InterruptedException e) { Thread.currentThread().interrupt(); throw new IllegalStateException(e); }
            }
            if (done >= mine) return;
            flushing = true;
            until = asked;
        }
        boolean ok = false;
        try {
            store.commit();
            store.sync();
            ok = true;
        } finally {
            synchronized (this) { flushing = false; if (ok) done = until; notifyAll(); }
        }
    }
}

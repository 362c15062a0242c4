import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.List;
import org.h2.mvstore.MVStore;

/** Makes the indexes: partial ones by the filter in their description. */
final class Database extends H2Database {
    private static final ThreadLocal<Document> CREATING = new ThreadLocal<>();

    Database(String name, MVStore store, CursorRegistry cursors) { super(name, store, cursors); }

    List<Document> indexDescriptions() {
        List<Document> all = new ArrayList<>();
        MongoCollection<Object> c = indexes.get();
        if (c != null) for (Document d : c.queryAll()) all.add(d.clone());
        return all;
    }

    @Override protected void addIndex(Document description) {
        Document outer = CREATING.get(); // making a collection's first index makes its _id index on the way
        CREATING.set(description);
        try { super.addIndex(description); } finally { CREATING.set(outer); }
    }

    @Override protected Index<Object> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
        Index<Object> index = super.openOrCreateUniqueIndex(collection, name, keys, sparse);
        Document description = CREATING.get();
        if (description == null) {
            for (Document d : indexDescriptions()) {
                if (name.equals(d.get("name")) && (getDatabaseName() + "." + collection).equals(d.get("ns"))) description = d;
            }
        }
        return description != null && description.get("partialFilterExpression") instanceof Document filter
            ? new PartialIndex(index, name, keys, filter) : new UniqueIndex(index, name, keys, sparse);
    }

    @Override protected Index<Object> openOrCreateSecondaryIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
        return new SecondaryIndex(name, keys);
    }
}

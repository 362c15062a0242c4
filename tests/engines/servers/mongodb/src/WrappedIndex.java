import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.bson.Document;
import java.util.List;
import java.util.Set;

/** Passes all on to another index. */
class WrappedIndex extends Index<Object> {
    final Index<Object> inner;

    WrappedIndex(Index<Object> inner, String name, List<IndexKey> keys, boolean sparse) { super(name, keys, sparse); this.inner = inner; }

    @Override public Object getPosition(Document d) { return inner.getPosition(d); }
    @Override public void checkAdd(Document d, MongoCollection<Object> c) { inner.checkAdd(d, c); }
    @Override public void add(Document d, Object position, MongoCollection<Object> c) { inner.add(d, position, c); }
    @Override public Object remove(Document d) { return inner.remove(d); }
    @Override public boolean canHandle(Document query) { return inner.canHandle(query); }
    @Override public Iterable<Object> getPositions(Document query) { return inner.getPositions(query); }
    @Override public long getCount() { return inner.getCount(); }
    @Override public long getDataSize() { return inner.getDataSize(); }
    @Override public Set<KeyValue> getKeyValues(Document d) { return inner.getKeyValues(d); }
    @Override public boolean isUnique() { return true; }
    @Override public void drop() { inner.drop(); }
    @Override public void checkUpdate(Document from, Document to, MongoCollection<Object> c) { inner.checkUpdate(from, to, c); }

    @Override public void updateInPlace(Document from, Document to, Object position, MongoCollection<Object> c) {
        inner.updateInPlace(from, to, position, c);
    }
}

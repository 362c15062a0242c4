import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Collection;
import java.util.List;

/** Answers not only queries for exactly its keys, as the library does, but also those for its keys and more: {_id, version}. */
final class UniqueIndex extends WrappedIndex {
    UniqueIndex(Index<Object> inner, String name, List<IndexKey> keys, boolean sparse) { super(inner, name, keys, sparse); }

    private Document part(Document query) {
        Document part = new Document();
        for (String key : keys()) {
            Object value = query.get(key);
            if (value == null || value instanceof Collection<?>) return null;
            part.put(key, value);
        }
        return part;
    }

    @Override public boolean canHandle(Document query) {
        Document part = part(query);
        return part == null ? inner.canHandle(query) : inner.canHandle(part);
    }

    @Override public Iterable<Object> getPositions(Document query) {
        Document part = part(query);
        return inner.getPositions(part == null ? query : part);
    }
}

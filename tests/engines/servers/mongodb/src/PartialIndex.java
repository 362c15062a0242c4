import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.DefaultQueryMatcher;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.bson.Document;
import java.util.List;

/** A unique index over the documents that match a filter. Never used to find documents. */
final class PartialIndex extends WrappedIndex {
    private final Document filter;

    PartialIndex(Index<Object> inner, String name, List<IndexKey> keys, Document filter) {
        super(inner, name, keys, true);
        this.filter = filter;
    }

    private boolean covers(Document d) { return new DefaultQueryMatcher().matches(d, filter); }
    @Override public Object getPosition(Document d) { return covers(d) ? inner.getPosition(d) : null; }
    @Override public void checkAdd(Document d, MongoCollection<Object> c) { if (covers(d)) inner.checkAdd(d, c); }
    @Override public void add(Document d, Object position, MongoCollection<Object> c) { if (covers(d)) inner.add(d, position, c); }
    @Override public Object remove(Document d) { return covers(d) ? inner.remove(d) : null; }
    @Override public boolean canHandle(Document query) { return false; }

    @Override public void checkUpdate(Document from, Document to, MongoCollection<Object> c) {
        if (!covers(to)) return;
        if (covers(from)) inner.checkUpdate(from, to, c); else inner.checkAdd(to, c);
    }

    @Override public void updateInPlace(Document from, Document to, Object position, MongoCollection<Object> c) {
        boolean was = covers(from), is = covers(to);
        if (was && is) inner.updateInPlace(from, to, position, c);
        else if (was) inner.remove(from);
        else if (is) inner.add(to, position, c);
    }
}

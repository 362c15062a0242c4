import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.EmptyIndex;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** A non-unique index on the first key, in memory, built anew at each start. The documents found are matched against the query. */
final class SecondaryIndex extends Index<Object> {
    private static final Set<String> RANGES = Set.of("$eq", "$in", "$gt", "$gte", "$lt", "$lte");
    private final TreeMap<Object, Set<Object>> positions = new TreeMap<>(ValueComparator.ascWithoutListHandling());
    private final String first;
    private final EmptyIndex<Object> keyer;
    private long count;

    SecondaryIndex(String name, List<IndexKey> keys) {
        super(name, keys, true);
        first = keys.get(0).getKey();
        keyer = new EmptyIndex<>(name, keys.subList(0, 1));
    }

    private List<Object> values(Document d) {
        List<Object> values = new ArrayList<>();
        for (KeyValue v : keyer.getKeyValues(d)) values.add(v.get(0));
        return values;
    }

    private static Object normal(Object value) { return new KeyValue(value).normalized().get(0); }
    private static boolean plain(Object v) {
        return v != null && !(v instanceof Collection<?>) && !(v instanceof Document) && !(v instanceof BsonRegularExpression);
    }

    @Override public synchronized void add(Document d, Object position, MongoCollection<Object> c) {
        for (Object v : values(d)) positions.computeIfAbsent(v, x -> new LinkedHashSet<>()).add(position);
        count++;
    }

    private synchronized void forget(Document d, Object position) {
        for (Object v : values(d)) {
            Set<Object> at = positions.get(v);
            if (at != null && at.remove(position) && at.isEmpty()) positions.remove(v);
        }
        count--;
    }

    @Override public Object remove(Document d) { forget(d, d.get("_id")); return null; }
    @Override public synchronized void updateInPlace(Document from, Document to, Object position, MongoCollection<Object> c) {
        forget(from, position);
        add(to, position, c);
    }

    @Override public boolean canHandle(Document query) {
        Object value = query.get(first);
        if (plain(value)) return true;
        if (!(value instanceof Document range) || range.isEmpty() || !RANGES.containsAll(range.keySet())) return false;
        for (Map.Entry<String, Object> e : range.entrySet()) {
            if (e.getKey().equals("$in")) {
                if (!((Collection<?>) e.getValue()).stream().allMatch(SecondaryIndex::plain)) return false;
            } else if (!plain(e.getValue())) return false;
        }
        return true;
    }

    @Override public synchronized Iterable<Object> getPositions(Document query) {
        Object value = query.get(first);
        Set<Object> found = new LinkedHashSet<>();
        if (!(value instanceof Document range)) { found.addAll(positions.getOrDefault(normal(value), Set.of())); return found; }
        if (range.get("$in") instanceof Collection<?> list) {
            for (Object v : list) found.addAll(positions.getOrDefault(normal(v), Set.of()));
            return found;
        }
        if (range.containsKey("$eq")) { found.addAll(positions.getOrDefault(normal(range.get("$eq")), Set.of())); return found; }
        NavigableMap<Object, Set<Object>> part = positions; // one bound is enough: with arrays, two elements may each meet one
        Object low = range.getOrDefault("$gte", range.get("$gt")), high = range.getOrDefault("$lte", range.get("$lt"));
        part = high != null ? part.headMap(normal(high), true) : part.tailMap(normal(low), true);
        for (Set<Object> at : part.values()) found.addAll(at);
        return found;
    }

    @Override public Object getPosition(Document d) { return null; }
    @Override public void checkAdd(Document d, MongoCollection<Object> c) { }
    @Override public void checkUpdate(Document from, Document to, MongoCollection<Object> c) { }
    @Override public long getCount() { return count; }
    @Override public long getDataSize() { return 0; }
    @Override public void drop() { }
}

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.exception.MongoServerException;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import de.bwaldvogel.mongo.wire.message.MongoQuery;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import org.h2.mvstore.MVStore;

/** Looks like a standalone server, answers one command after the other, and has written before it answers. */
final class Backend extends H2Backend {
    private static final int LARGEST_DOCUMENT = 16 << 20, FIRST_BATCH = 101;
    private static final Set<String> BEFORE_LOGIN =
        Set.of("hello", "ismaster", "saslstart", "saslcontinue", "ping", "buildinfo", "endsessions");
    private static final Set<String> READING = Set.of("find", "getmore", "aggregate", "count", "distinct",
                                                      "listcollections", "listindexes", "killcursors", "listdatabases");
    private final List<Integer> version;
    private final boolean router; // greets as one of a sharded cluster
    private final Login login;
    private volatile long spokenAt = System.currentTimeMillis();

    Backend(MVStore store, List<Integer> version, boolean router, Login login) {
        super(store);
        this.router = router;
        this.version = version;
        this.login = login;
        version(new MongoVersion() {
            @Override
            public List<Integer> getVersionArray() {
                return List.of(version.get(0), version.get(1), 0, 0);
            }
            @Override
            public String toVersionString() {
                return version.get(0) + "." + version.get(1) + ".0";
            }
            @Override
            public int getWireVersion() {
                return wireVersion();
            }
        });
    }

    long silenceMs() {
        return System.currentTimeMillis() - spokenAt;
    }

    /** Of MongoDB's releases: 4.0 is 7, 4.2 is 8, 4.4 is 9, 5.0 is 13, 6.0 is 17, 7.0 is 21. */
    private int wireVersion() {
        return version.get(0) >= 5 ? 13 + 4 * (version.get(0) - 5) : 7 + version.get(1) / 2;
    }

    /** The old kind of message: only for the first greeting. */
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document arguments) {
        spokenAt = System.currentTimeMillis();
        if (command.equalsIgnoreCase("hello") || command.equalsIgnoreCase("isMaster"))
            return hello(arguments);
        return failure(
            new MongoServerError(352, "UnsupportedOpQueryCommand", "Unsupported OP_QUERY command: " + command));
    }

    @Override
    public QueryResult handleQuery(MongoQuery query) {
        throw new MongoServerError(352, "UnsupportedOpQueryCommand", "OP_QUERY is no longer supported");
    }

    @Override
    public Document handleMessage(MongoMessage message) {
        spokenAt = System.currentTimeMillis();
        Document arguments = message.getDocument();
        String command = arguments.keySet().iterator().next();
        try {
            return answer(message.getChannel(), message.getDatabaseName(), command, arguments);
        } catch (MongoServerException e) {
            return failure(e);
        } catch (Exception | StackOverflowError e) {
            return failure(new MongoServerError(8, "UnknownError", command + ": " + e));
        } finally {
            commit();
        }
    }

    private Document answer(Channel channel, String database, String command, Document arguments) throws Exception {
        String name = command.toLowerCase(Locale.ROOT);
        checkLogin(channel, name);
        refuse(name, arguments);
        switch (name) {
        case "hello":
        case "ismaster":
            return hello(arguments);
        case "saslstart":
            return login.start(channel, database, arguments);
        case "saslcontinue":
            return login.proceed(channel, arguments);
        case "endsessions":
        case "killsessions":
        case "refreshsessions":
            return done();
        case "startsession":
            return done().append("id", new Document("id", UUID.randomUUID())).append("timeoutMinutes", 30);
        case "insert":
            return write(channel, database, command, "documents", arguments);
        case "update":
            return write(channel, database, command, "updates", arguments);
        case "delete":
            return write(channel, database, command, "deletes", arguments);
        case "find":
            if (Utils.isTrue(arguments.get("singleBatch")))
                break;
            return batch(channel, database, command, arguments, arguments.get(command), "firstBatch", FIRST_BATCH);
        case "getmore":
            return batch(channel, database, command, arguments, arguments.get("collection"), "nextBatch",
                         Integer.MAX_VALUE);
        default:
        }
        return super.handleCommand(channel, database, command, arguments);
    }

    private void checkLogin(Channel channel, String name) {
        if (!login.required() || BEFORE_LOGIN.contains(name))
            return;
        Login.User user = login.who(channel);
        if (user == null)
            throw new MongoServerError(13, "Unauthorized", "Command " + name + " requires authentication");
        if (user.readOnly() && !READING.contains(name))
            throw new MongoServerError(13, "Unauthorized", "not authorized to execute command { " + name + " }");
    }

    /** What would be accepted and then not done, or done otherwise than by a real server. */
    private static void refuse(String command, Document arguments) {
        if (arguments.containsKey("txnNumber") || arguments.containsKey("startTransaction"))
            throw new MongoServerError(20, "IllegalOperation",
                                       "Transaction numbers are only allowed on a replica set member or mongos");
        if (arguments.get("writeConcern") instanceof Document concern) {
            Object w = concern.get("w");
            if (w != null && !w.equals("majority") && !w.equals(1))
                throw new MongoServerError(2, "BadValue", "cannot use w: " + w);
        }
        if (arguments.get("readConcern") instanceof Document concern && concern.get("level") != null &&
            !Set.of("local", "available", "majority").contains(concern.get("level")))
            notHere("readConcern " + concern.get("level"));
        List<Document> parts = new ArrayList<>(List.of(arguments));
        for (String list : List.of("updates", "deletes", "indexes"))
            if (arguments.get(list) instanceof List<?> more)
                for (Object part : more)
                    parts.add((Document)part);
        for (Document part : parts) {
            if (part.get("u") instanceof List || part.get("update") instanceof List)
                notHere("an update in pipeline form");
            for (String option : List.of("let", "collation", "partialFilterExpression", "expireAfterSeconds", "capped",
                                         "validator", "viewOn", "tailable"))
                if (!command.equals("insert") && Utils.isTrue(part.get(option)))
                    notHere(option);
        }
        if (arguments.get("pipeline") instanceof List<?> stages)
            for (Object stage : stages)
                if (((Document)stage).containsKey("$changeStream"))
                    throw new MongoServerError(40573, "The $changeStream stage is only supported on replica sets");
    }

    private static void notHere(String what) {
        throw new MongoServerError(238, "NotImplemented", "this server for tests cannot do it: " + what);
    }

    /** Statement by statement, so that what was done before a failure is counted, and one after it is not begun. */
    private Document write(Channel channel, String database, String command, String list, Document arguments) {
        int n = 0, modified = 0, index = 0;
        List<Document> upserted = new ArrayList<>(), errors = new ArrayList<>();
        for (Object statement : (List<?>)arguments.get(list)) {
            Document one = new Document(arguments), answer;
            one.put(list, new ArrayList<>(List.of(statement)));
            try {
                answer = super.handleCommand(channel, database, command, one);
            } catch (MongoServerException e) {
                answer = new Document("n", 0).append("writeErrors", List.of(failure(e)));
            }
            for (Object error : (Collection<?>)answer.getOrDefault("writeErrors", List.of()))
                errors.add(new Document("index", index)
                               .append("code", ((Document)error).getOrDefault("code", 8))
                               .append("errmsg", ((Document)error).get("errmsg")));
            for (Object id : (Collection<?>)answer.getOrDefault("upserted", List.of()))
                upserted.add(new Document("index", index).append("_id", ((Document)id).get("_id")));
            if (!answer.containsKey("writeErrors"))
                n += ((Number)answer.get("n")).intValue();
            modified += ((Number)answer.getOrDefault("nModified", 0)).intValue();
            index++;
            if (!errors.isEmpty() && !Boolean.FALSE.equals(arguments.get("ordered")))
                break;
        }
        Document answer = new Document("n", n);
        if (command.equals("update"))
            answer.append("nModified", modified);
        if (!upserted.isEmpty())
            answer.append("upserted", upserted);
        if (!errors.isEmpty())
            answer.append("writeErrors", errors);
        return answer.append("ok", 1.0);
    }

    /** As many documents as were asked for, but hardly more than 16 MB. */
    private Document batch(Channel channel, String database, String command, Document arguments, Object collection,
                           String key, int usual) {
        int wanted = ((Number)arguments.getOrDefault("batchSize", 0)).intValue();
        arguments.put("batchSize", 1);
        Document answer = super.handleCommand(channel, database, command, arguments);
        Document cursor = (Document)answer.get("cursor");
        List<Object> documents = new ArrayList<>((List<?>)cursor.get(key));
        long bytes = size(documents), id = ((Number)cursor.get("id")).longValue();
        while (id != 0 && documents.size() < (wanted > 0 ? wanted : usual) && bytes < LARGEST_DOCUMENT) {
            Document more = new Document("getMore", id).append("collection", collection).append("batchSize", 1);
            Document next = (Document)super.handleCommand(channel, database, "getMore", more).get("cursor");
            id = ((Number)next.get("id")).longValue();
            documents.addAll((List<?>)next.get("nextBatch"));
            bytes += size((List<?>)next.get("nextBatch"));
        }
        cursor.put("id", id);
        cursor.put(key, documents);
        return answer;
    }

    private static long size(List<?> documents) {
        long size = 0;
        for (Object document : documents) {
            ByteBuf buffer = Unpooled.buffer();
            BsonEncoder.encodeDocument((Document)document, buffer);
            size += buffer.readableBytes();
            buffer.release();
        }
        return size;
    }

    private Document hello(Document arguments) {
        Document answer = new Document(arguments.containsKey("hello") ? "isWritablePrimary" : "ismaster", true);
        if (Utils.isTrue(arguments.get("helloOk")))
            answer.append("helloOk", true);
        if (login.knows(arguments.get("saslSupportedMechs")))
            answer.append("saslSupportedMechs", List.of("SCRAM-SHA-256"));
        if (router)
            answer.append("msg", "isdbgrid");
        return answer.append("maxBsonObjectSize", LARGEST_DOCUMENT)
            .append("maxMessageSizeBytes", 48_000_000)
            .append("maxWriteBatchSize", 100_000)
            .append("localTime", Instant.now())
            .append("logicalSessionTimeoutMinutes", 30)
            .append("minWireVersion", 0)
            .append("maxWireVersion", wireVersion())
            .append("readOnly", false)
            .append("ok", 1.0);
    }

    private static Document done() {
        return new Document("ok", 1.0);
    }

    private static Document failure(MongoServerException e) {
        Document answer = new Document("ok", 0.0).append("errmsg", e.getMessageWithoutErrorCode());
        if (e instanceof MongoServerError error)
            return answer.append("code", error.getCode()).append("codeName", error.getCodeName());
        return answer.append("code", 8).append("codeName", "UnknownError");
    }
}

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/** SCRAM-SHA-256 (RFC 5802, RFC 7677) for users of the database admin. */
final class Login {
    record User(String password, boolean readOnly) {}

    private static final int ITERATIONS = 4096;
    private static final AttributeKey<User> WHO = AttributeKey.valueOf("who");
    private static final AttributeKey<Exchange> EXCHANGE = AttributeKey.valueOf("exchange");
    private final Map<String, User> users;
    private final byte[] salt = random(28); // libmongoc takes no other length

    Login(Map<String, User> users) {
        this.users = users;
    }

    /** What is kept between the two messages. */
    private record Exchange(User user, String soFar, String nonce, boolean endsAtOnce) {}

    boolean required() {
        return !users.isEmpty();
    }

    boolean knows(Object name) {
        return name instanceof String text && text.startsWith("admin.") && users.containsKey(text.substring(6));
    }

    User who(Channel channel) {
        return channel.attr(WHO).get();
    }

    Document start(Channel channel, String database, Document command) {
        String first = text(command).substring(3); // behind "n,,"
        Map<String, String> fields = fields(first);
        User user = users.get(fields.get("n"));
        if (user == null || !database.equals("admin") || !"SCRAM-SHA-256".equals(command.get("mechanism")))
            throw refused();
        String nonce = fields.get("r") + base64(random(18));
        String reply = "r=" + nonce + ",s=" + base64(salt) + ",i=" + ITERATIONS;
        boolean endsAtOnce =
            command.get("options") instanceof Document options && Boolean.TRUE.equals(options.get("skipEmptyExchange"));
        channel.attr(EXCHANGE).set(new Exchange(user, first + "," + reply, nonce, endsAtOnce));
        return answer(reply, false);
    }

    Document proceed(Channel channel, Document command) throws Exception {
        Exchange exchange = channel.attr(EXCHANGE).getAndSet(null);
        if (exchange == null && who(channel) != null)
            return answer("", true); // the empty message at the end
        String message = text(command);
        Map<String, String> fields = fields(message);
        if (exchange == null || !exchange.nonce.equals(fields.get("r")) || !fields.containsKey("p"))
            throw refused();
        String signed = exchange.soFar + "," + message.substring(0, message.lastIndexOf(",p="));
        byte[] salted = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(new PBEKeySpec(exchange.user.password.toCharArray(), salt, ITERATIONS, 256))
                            .getEncoded();
        byte[] proof = hmac(salted, "Client Key");
        byte[] signature = hmac(MessageDigest.getInstance("SHA-256").digest(proof), signed);
        for (int i = 0; i < proof.length; i++)
            proof[i] ^= signature[i];
        if (!MessageDigest.isEqual(proof, Base64.getDecoder().decode(fields.get("p"))))
            throw refused();
        channel.attr(WHO).set(exchange.user);
        return answer("v=" + base64(hmac(hmac(salted, "Server Key"), signed)), exchange.endsAtOnce);
    }

    private static Document answer(String payload, boolean done) {
        return new Document("conversationId", 1)
            .append("done", done)
            .append("payload", new BinData(payload.getBytes(StandardCharsets.UTF_8)))
            .append("ok", 1.0);
    }

    private static MongoServerError refused() {
        return new MongoServerError(18, "AuthenticationFailed", "Authentication failed.");
    }

    private static String text(Document command) {
        return new String(((BinData)command.get("payload")).getData(), StandardCharsets.UTF_8);
    }

    private static Map<String, String> fields(String message) {
        Map<String, String> fields = new HashMap<>();
        for (String part : message.split(","))
            if (part.indexOf('=') == 1)
                fields.put(part.substring(0, 1), part.substring(2));
        return fields;
    }

    private static byte[] hmac(byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] random(int n) {
        byte[] bytes = new byte[n];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import de.bwaldvogel.mongo.MongoServer;
import org.h2.mvstore.MVStore;

/**
 * A MongoDB server for tests: `Server PORT FILE|memory [version=N.N] [router] [user=NAME:PASSWORD[:read]]…` listens on
 * 127.0.0.1 (PORT 0: any free one) and prints "ready PORT". It ends by itself when nobody has spoken to it for ten
 * minutes.
 */
public final class Server {
    private static final long LONGEST_SILENCE_MS = 600_000;

    private Server() {}

    public static void main(String[] arguments) throws Exception {
        List<Integer> version = List.of(7, 0);
        Map<String, Login.User> users = new HashMap<>();
        boolean router = false;
        for (int i = 2; i < arguments.length; i++) {
            String value = arguments[i].substring(arguments[i].indexOf('=') + 1);
            if (arguments[i].startsWith("version=")) {
                version = new ArrayList<>();
                for (String part : value.split("\\."))
                    version.add(Integer.valueOf(part));
            } else if (arguments[i].equals("router")) {
                router = true;
            } else {
                String[] parts = value.split(":");
                users.put(parts[0], new Login.User(parts[1], parts.length > 2));
            }
        }
        // Nothing is committed in the background: the file only ever holds whole commands.
        MVStore.Builder builder = new MVStore.Builder().autoCommitDisabled();
        MVStore store = (arguments[1].equals("memory") ? builder : builder.fileName(arguments[1])).open();
        if (store.getFileStore() != null)
            store.setRetentionTime(0);
        Backend backend = new Backend(store, version, router, new Login(users));
        MongoServer server = new MongoServer(backend);
        server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 1, 1);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        System.out.println("ready " + server.getLocalAddress().getPort());
        System.out.flush();
        while (backend.silenceMs() < LONGEST_SILENCE_MS)
            Thread.sleep(1000);
        System.exit(0);
    }
}

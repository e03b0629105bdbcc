import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * Makes an adapter of a class, so that {@code lockpact check VENDOR --adapter-command 'java -cp out Adapter'} drives a client in Java.
 *
 * <pre>
 * public class Adapter {
 *     private final MyClient client;
 *
 *     Adapter(Lockpact.Connection connection) { client = new MyClient(connection.url(), connection.credential("api_key")); }
 *
 *     public List&lt;String&gt; listLocks() { … }
 *
 *     public static void main(String[] args) throws Exception { Lockpact.serve(Adapter.class, Adapter::new); }
 * }
 * </pre>
 *
 * The methods, and what they get and return, are those of the vendor's port: {@code lockpact port VENDOR}. The port's list_locks
 * is listLocks here. Arguments are converted to the types of the parameters: String, long, double, boolean, byte[], the times of
 * java.time, enums, List, Map, and records, whose components are the fields of the port's records. Results are written in the same
 * way. To report one of the port's errors, throw new Lockpact.PortError("Unavailable", "why"). What the client prints, and what
 * java.util.logging gets, is judged as the client's log.
 *
 * It needs Java 17 or newer and no library. Each call runs in a thread of its own, on the machine's clock.
 */
public final class Lockpact {
    private static final int PROTOCOL = 1;
    private static final PrintStream OUT = System.out;

    private final Class<?> type;
    private final Function<Connection, ?> create;
    private final Map<Long, Object> clients = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Object>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();

    private Lockpact(Class<?> type, Function<Connection, ?> create) {
        this.type = type;
        this.create = create;
    }

    /** Lets the adapter be driven until standard input ends. An object of the class is made for each client. */
    public static <A> void serve(Class<A> type, Function<Connection, A> create) throws IOException {
        System.setOut(System.err); // standard output is for messages alone
        logByProtocol();
        new Lockpact(type, create).run();
        System.exit(0);
    }

    /** An error of the port, by its name. */
    public static class PortError extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String name;
        private final transient Map<String, Object> fields;

        public PortError(String name, String text) {
            this(name, text, Map.of(), null);
        }

        /** {@code fields} are the error's further fields, as {@code lockpact port VENDOR} lists them. */
        public PortError(String name, String text, Map<String, Object> fields, Throwable cause) {
            super(text, cause);
            this.name = name;
            this.fields = fields;
        }
    }

    /** Where the vendor is, and which credentials the client has. */
    public static final class Connection {
        private final Map<String, Object> wire;
        private final long client;
        private final Lockpact program;

        private Connection(Map<String, Object> wire, long client, Lockpact program) {
            this.wire = wire;
            this.client = client;
            this.program = program;
        }

        public String url() {
            return (String) wire.get("url");
        }

        public String host() {
            return (String) wire.get("host");
        }

        public int port() {
            return ((Long) wire.get("port")).intValue();
        }

        public String callbackUrl() {
            return (String) wire.get("callback_url");
        }

        /** All servers of the vendor: name → URL. */
        public Map<String, Object> servers() {
            return object(wire.get("servers"));
        }

        public Map<String, Object> credentials() {
            return object(wire.get("credentials"));
        }

        /** A credential that is a text; "" without one of this name. */
        public String credential(String name) {
            return Objects.toString(credentials().get(name), "");
        }

        /** Calls a method of an object at lockpact's side, such as the radio "nearby". */
        public Object ask(String object, String method, Object... arguments) {
            return program.ask(client, object, method, arguments);
        }
    }

    // ---- messages

    private void run() throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            if (line.isBlank()) {
                continue;
            }
            Map<String, Object> message = object(new Json(line).read());
            if (message.containsKey("method")) {
                threads.execute(() -> answer(message));
            } else {
                settle(message);
            }
        }
    }

    private void answer(Map<String, Object> message) {
        try {
            Object result = result((String) message.get("method"), object(message.get("params")));
            send("id", message.get("id"), "result", result);
        } catch (Throwable error) {
            Throwable raised = error instanceof InvocationTargetException ? error.getCause() : error;
            send("id", message.get("id"), "error", describe(raised));
        }
    }

    private Object result(String method, Map<String, Object> params) throws Exception {
        Object client = params.get("client");
        switch (method) {
            case "initialize":
                return fields("protocol", PROTOCOL, "methods", methods(), "clock", "machine");
            case "reset":
                clients.clear();
                return null;
            case "new":
                clients.put((Long) client, create.apply(new Connection(object(params.get("connection")), (Long) client, this)));
                return null;
            case "call":
                return call(clients.get(client), camel((String) params.get("method")), object(params.get("arguments")));
            case "close":
                if (clients.remove(client) instanceof AutoCloseable closeable) {
                    closeable.close();
                }
                return null;
            default:
                throw new UnsupportedOperationException("there is no " + method);
        }
    }

    private List<String> methods() {
        List<String> names = new ArrayList<>();
        for (Method one : type.getMethods()) {
            boolean own = one.getDeclaringClass() != Object.class && !Modifier.isStatic(one.getModifiers());
            if (own && !one.getName().equals("close")) {
                names.add(snake(one.getName()));
            }
        }
        return names;
    }

    private static Object call(Object client, String name, Map<String, Object> arguments) throws Exception {
        for (Method one : client.getClass().getMethods()) {
            if (one.getName().equals(name) && one.getParameterCount() == arguments.size()) {
                one.setAccessible(true); // the adapter's class need not be public
                Object[] given = arguments.values().toArray();
                for (int i = 0; i < given.length; i++) {
                    given[i] = converted(given[i], one.getParameterTypes()[i]);
                }
                return one.invoke(client, given);
            }
        }
        throw new UnsupportedOperationException("there is no method " + name + " with " + arguments.size() + " parameters");
    }

    private static Map<String, Object> describe(Throwable error) {
        Map<String, Object> data = new LinkedHashMap<>();
        if (error instanceof PortError own) {
            data.putAll(own.fields);
            data.put("error", own.name);
        } else {
            data.put("error", error.getClass().getSimpleName());
        }
        if (error.getCause() != null) {
            data.put("cause", error.getCause().toString());
        }
        return fields("code", 1, "message", Objects.toString(error.getMessage(), ""), "data", data);
    }

    private Object ask(long client, String object, String method, Object[] arguments) {
        String id = "n" + asked.incrementAndGet();
        CompletableFuture<Object> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        Object params = fields("client", client, "object", object, "method", method, "arguments", Arrays.asList(arguments));
        send("id", id, "method", "object", "params", params);
        Object found = answer.join();
        if (found instanceof PortError refused) {
            throw refused;
        }
        return found;
    }

    private void settle(Map<String, Object> message) {
        CompletableFuture<Object> answer = waiting.remove(message.get("id"));
        if (answer == null) {
            return;
        }
        if (message.get("error") == null) {
            answer.complete(converted(message.get("result"), Object.class));
        } else {
            Map<String, Object> error = object(message.get("error"));
            String name = Objects.toString(object(error.get("data")).get("error"), "Error");
            answer.complete(new PortError(name, Objects.toString(error.get("message"), "")));
        }
    }

    private static void send(Object... members) {
        Map<String, Object> message = fields(members);
        message.put("jsonrpc", "2.0");
        byte[] line = (Json.write(message) + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (OUT) {
            OUT.write(line, 0, line.length);
            OUT.flush();
        }
    }

    private static void logByProtocol() {
        Logger root = Logger.getLogger("");
        for (Handler one : root.getHandlers()) {
            root.removeHandler(one);
        }
        root.addHandler(new Handler() {
            @Override
            public void publish(LogRecord record) {
                int level = record.getLevel().intValue();
                String name = level >= 1000 ? "error" : level >= 900 ? "warning" : level >= 800 ? "info" : "debug";
                String text = new SimpleFormatter().formatMessage(record);
                text = record.getThrown() == null ? text : text + " " + record.getThrown();
                Object params = fields("level", name, "logger", Objects.toString(record.getLoggerName(), "root"), "text", text);
                send("method", "log", "params", params);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
    }

    // ---- values

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    private static Map<String, Object> fields(Object... members) {
        Map<String, Object> made = new LinkedHashMap<>();
        for (int i = 0; i < members.length; i += 2) {
            made.put((String) members[i], members[i + 1]);
        }
        return made;
    }

    /** Returns a value of the protocol as a value of this type. */
    static Object converted(Object value, Class<?> to) {
        if (value instanceof Map<?, ?> map && map.size() == 1 && map.get("base64") instanceof String text) {
            return Base64.getDecoder().decode(text);
        }
        if (to.isRecord() && value instanceof Map<?, ?> map) {
            return record(map, to);
        }
        if (value instanceof Number number) {
            if (to == int.class || to == Integer.class) {
                return number.intValue();
            }
            return to == double.class || to == Double.class ? (Object) number.doubleValue() : number;
        }
        if (value instanceof String text) {
            if (to == LocalDateTime.class) {
                return LocalDateTime.parse(text);
            }
            if (to == ZonedDateTime.class) {
                return ZonedDateTime.parse(text);
            }
            if (to == OffsetDateTime.class) {
                return OffsetDateTime.parse(text);
            }
            if (to.isEnum()) {
                return Arrays.stream(to.getEnumConstants()).filter(one -> ((Enum<?>) one).name().equals(text)).findAny().orElseThrow();
            }
        }
        return value;
    }

    private static Object record(Map<?, ?> map, Class<?> to) {
        RecordComponent[] parts = to.getRecordComponents();
        Object[] given = new Object[parts.length];
        Class<?>[] types = new Class<?>[parts.length];
        for (int i = 0; i < parts.length; i++) {
            types[i] = parts[i].getType();
            given[i] = converted(map.get(snake(parts[i].getName())), types[i]);
        }
        try {
            var constructor = to.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(given);
        } catch (ReflectiveOperationException wrong) {
            throw new IllegalArgumentException("a " + to.getSimpleName() + " cannot be made: " + wrong, wrong);
        }
    }

    private static String camel(String name) {
        StringBuilder made = new StringBuilder();
        for (String word : name.split("_")) {
            made.append(made.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return made.toString();
    }

    private static String snake(String name) {
        return name.replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase();
    }

    /** JSON, which Java's own library has not. */
    private static final class Json {
        private final String text;
        private int at;

        Json(String text) {
            this.text = text;
        }

        Object read() {
            space();
            switch (text.charAt(at)) {
                case '{':
                    return members();
                case '[':
                    return items();
                case '"':
                    return string();
                case 't':
                    at += 4;
                    return true;
                case 'f':
                    at += 5;
                    return false;
                case 'n':
                    at += 4;
                    return null;
                default:
                    return number();
            }
        }

        private void space() {
            while (Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }

        /** Returns whether this character comes next, and goes on after it. */
        private boolean next(char wanted) {
            space();
            if (text.charAt(at) != wanted) {
                return false;
            }
            at++;
            return true;
        }

        private Map<String, Object> members() {
            Map<String, Object> found = new LinkedHashMap<>();
            at++;
            while (!next('}')) {
                next(',');
                space();
                String name = string();
                next(':');
                found.put(name, read());
            }
            return found;
        }

        private List<Object> items() {
            List<Object> found = new ArrayList<>();
            at++;
            while (!next(']')) {
                next(',');
                found.add(read());
            }
            return found;
        }

        private String string() {
            StringBuilder found = new StringBuilder();
            for (at++; text.charAt(at) != '"'; at++) {
                if (text.charAt(at) != '\\') {
                    found.append(text.charAt(at));
                    continue;
                }
                char escaped = text.charAt(++at);
                if (escaped == 'u') {
                    found.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
                    at += 4;
                } else {
                    int known = "bfnrt".indexOf(escaped);
                    found.append(known < 0 ? escaped : "\b\f\n\r\t".charAt(known));
                }
            }
            at++;
            return found.toString();
        }

        private Number number() {
            int from = at;
            while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            String digits = text.substring(from, at);
            if (digits.chars().allMatch(one -> one == '-' || Character.isDigit(one))) {
                return Long.valueOf(digits);
            }
            return Double.valueOf(digits);
        }

        static String write(Object value) {
            StringBuilder made = new StringBuilder();
            write(value, made);
            return made.toString();
        }

        private static void write(Object value, StringBuilder made) {
            if (value == null || value instanceof Boolean || value instanceof Number) {
                made.append(value);
            } else if (value instanceof byte[] bytes) {
                write(Map.of("base64", Base64.getEncoder().encodeToString(bytes)), made);
            } else if (value instanceof Enum<?> one) {
                quote(one.name(), made);
            } else if (value instanceof Map<?, ?> map) {
                String before = "{";
                for (Map.Entry<?, ?> one : map.entrySet()) {
                    made.append(before);
                    quote(Objects.toString(one.getKey(), ""), made);
                    made.append(':');
                    write(one.getValue(), made);
                    before = ",";
                }
                made.append(map.isEmpty() ? "{}" : "}");
            } else if (value instanceof Iterable<?> list) {
                String before = "[";
                for (Object one : list) {
                    made.append(before);
                    write(one, made);
                    before = ",";
                }
                made.append(before.equals("[") ? "[]" : "]");
            } else if (value instanceof Record record) {
                write(members(record), made);
            } else if (value instanceof ZonedDateTime time) {
                quote(time.toOffsetDateTime().toString(), made);
            } else {
                quote(value.toString(), made);
            }
        }

        private static Map<String, Object> members(Record record) {
            Map<String, Object> found = new LinkedHashMap<>();
            for (RecordComponent one : record.getClass().getRecordComponents()) {
                try {
                    one.getAccessor().setAccessible(true);
                    found.put(snake(one.getName()), one.getAccessor().invoke(record));
                } catch (ReflectiveOperationException wrong) {
                    throw new IllegalArgumentException("a " + record.getClass().getSimpleName() + " cannot be read", wrong);
                }
            }
            return found;
        }

        private static void quote(String text, StringBuilder made) {
            made.append('"');
            for (char one : text.toCharArray()) {
                if (one == '"' || one == '\\') {
                    made.append('\\').append(one);
                } else if (one < 0x20 || Character.isSurrogate(one) || one == 0x7f) {
                    made.append(String.format("\\u%04x", (int) one));
                } else {
                    made.append(one);
                }
            }
            made.append('"');
        }
    }
}

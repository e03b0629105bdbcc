import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;

class Probe implements AutoCloseable {
    private final Lockpact.Connection connection;

    Probe(Lockpact.Connection connection) {
        if (connection.url().equals("http://refused")) {
            throw new Lockpact.PortError("CredentialError", "no");
        }
        this.connection = connection;
    }

    public Object echoed(Object value, String text) {
        return Map.of("value", value, "text", text);
    }

    public byte[] doubled(byte[] data) {
        byte[] made = java.util.Arrays.copyOf(data, 2 * data.length);
        System.arraycopy(data, 0, made, data.length, data.length);
        return made;
    }

    public void rejected() {
        throw new Lockpact.PortError("Rejected", "why", Map.of("reasons", List.of("a", "b")), new IOException("the cause"));
    }

    public void failed() {
        throw new IllegalStateException("too long");
    }

    public void spoken() {
        System.out.println("printed");
        Logger.getLogger("client").warning("logged");
    }

    public String woken(String lock) {
        return connection.ask("nearby", "wake", lock) + "!";
    }

    public String credential() {
        return connection.credential("token");
    }

    @Override
    public void close() {
        Logger.getLogger("client").info("closed");
    }

    public static void main(String[] words) throws IOException {
        Lockpact.serve(Probe.class, Probe::new);
    }
}

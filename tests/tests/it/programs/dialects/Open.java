import java.io.*;
import java.nio.charset.StandardCharsets;
import java.security.*;
import java.util.*;

/** Opens PFX files with Java: a line `path TAB password` each; answers with a line each. */
class Open {
    public static void main(String[] arguments) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
        for (var line : lines) {
            var parts = line.split("\t", -1);
            System.out.println(open(parts[0], parts[1].toCharArray()));
        }
    }

    static String open(String path, char[] password) {
        try (var file = new FileInputStream(path)) {
            var store = KeyStore.getInstance("PKCS12");
            store.load(file, password);
            for (var alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias) && store.getKey(alias, password) instanceof PrivateKey
                        && store.getCertificate(alias) != null) {
                    return "opens";
                }
            }
            return "nothing inside";
        } catch (IOException | GeneralSecurityException | RuntimeException error) {
            var text = String.valueOf(error.getMessage()).replace("\n", " ");
            return text.substring(0, Math.min(100, text.length()));
        }
    }
}

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What the Java peers share: the bench asks by lines on standard input (bench/peers.ts),
 * `seal ALGORITHM FILE` and `run ALGORITHM SECONDS`, and is answered signatures a second.
 */
final class Peer {
  /** The bench's document signed once. Each thread has one of its own. */
  interface Sealer {
    byte[] seal() throws Exception;
  }

  interface MakeSealer {
    Sealer make(String algorithm) throws Exception;
  }

  private static final Path FOLDER = Path.of(System.getenv("PEER_DIR"));

  static byte[] document() throws Exception {
    return Files.readAllBytes(FOLDER.resolve("document.pdf"));
  }

  /** The certificate of an algorithm's key, or the `issuer` of all of them. */
  static X509Certificate certificate(String name) throws Exception {
    byte[] der = Files.readAllBytes(FOLDER.resolve(name + ".der"));
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der));
  }

  static char[] pin() throws Exception {
    return Files.readString(Path.of(System.getenv("PEER_PIN_FILE"))).trim().toCharArray();
  }

  static void serve(MakeSealer makeSealer) throws Exception {
    int threads = Integer.parseInt(System.getenv("PEER_THREADS"));
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    Map<String, List<Sealer>> sealers = new HashMap<>();
    BufferedReader asked = new BufferedReader(new InputStreamReader(System.in));
    for (String line = asked.readLine(); line != null; line = asked.readLine()) {
      String[] words = line.split(" ");
      if (!sealers.containsKey(words[1])) {
        List<Sealer> made = new ArrayList<>();
        for (int i = 0; i < threads; i++) made.add(makeSealer.make(words[1]));
        sealers.put(words[1], made);
      }
      List<Sealer> own = sealers.get(words[1]);
      if (words[0].equals("seal")) {
        Files.write(Path.of(words[2]), own.get(0).seal());
        System.out.println(1);
      } else {
        System.out.println(run(pool, own, Double.parseDouble(words[2])));
      }
    }
    pool.shutdown();
  }

  private static double run(ExecutorService pool, List<Sealer> sealers, double seconds)
      throws Exception {
    List<Future<Double>> rates = new ArrayList<>();
    for (Sealer sealer : sealers) rates.add(pool.submit(() -> count(sealer, seconds)));
    double sum = 0;
    for (Future<Double> rate : rates) sum += rate.get();
    return sum;
  }

  private static double count(Sealer sealer, double seconds) throws Exception {
    long signatures = 0;
    long from = System.nanoTime();
    double passed = 0;
    while (passed < seconds) {
      sealer.seal();
      signatures++;
      passed = (System.nanoTime() - from) / 1e9;
    }
    return signatures / passed;
  }

  private Peer() {}
}

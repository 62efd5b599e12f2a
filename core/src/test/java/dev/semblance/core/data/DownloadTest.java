package dev.semblance.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.semblance.testkit.NeedsData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server in this JVM; no other is asked. */
class DownloadTest {
  private static final byte[] CONTENT = Samples.noise(300_000);

  @TempDir Path temp;
  private HttpServer server;
  private URI base;
  // What the server does; guarded by its single thread, read after the request.
  private volatile boolean ranges = true;
  private volatile int breakAfter = Integer.MAX_VALUE;
  private volatile int status = 0;
  private volatile byte[] content = CONTENT;
  private final List<String> asked = java.util.Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    base = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/data/");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    asked.add(exchange.getRequestURI().getPath() + (range == null ? "" : " " + range));
    int from = 0;
    if (status != 0) {
      exchange.sendResponseHeaders(status, -1);
      exchange.close();
      return;
    }
    if (range != null && ranges) {
      from = Integer.parseInt(range.replaceAll("\\D", ""));
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
    int to = (int) Math.min(content.length, (long) from + breakAfter);
    try (exchange) {
      exchange.getResponseBody().write(content, from, to - from);
      exchange.getResponseBody().flush();
    } catch (IOException e) {
      // Breaking off is the point.
    }
  }

  private Download download() {
    String sum = HexFormat.of().formatHex(Digest.sha256().digest(CONTENT));
    return new Download(
            "made-up",
            List.of(
                new Download.RemoteFile(
                    "file.bin", URI.create("http://127.0.0.1:1/x"), CONTENT.length, sum)))
        .withBase(base);
  }

  @Test
  void aFileComesWholeAndOnce() throws IOException {
    List<Long> heard = new ArrayList<>();
    Path folder = temp.resolve("new/folder");
    download().into(folder, (file, done) -> heard.add(done));
    assertThat(Files.readAllBytes(folder.resolve("file.bin"))).isEqualTo(CONTENT);
    assertThat(heard).isSorted().endsWith((long) CONTENT.length);
    assertThat(folder.toFile().list()).containsExactly("file.bin");
    download().into(folder, (file, done) -> {});
    assertThat(asked).containsExactly("/data/file.bin");
  }

  @Test
  void whatBrokeOffIsContinued() throws IOException {
    breakAfter = 120_000;
    download().into(temp, (file, done) -> {});
    assertThat(Files.readAllBytes(temp.resolve("file.bin"))).isEqualTo(CONTENT);
    assertThat(asked).hasSize(3);
    assertThat(asked.get(1)).startsWith("/data/file.bin bytes=").isNotEqualTo(asked.get(2));
  }

  @Test
  void aLaterCallGoesOnFromThePart() throws IOException {
    Files.write(temp.resolve("file.bin.part"), Arrays.copyOf(CONTENT, 1000));
    download().into(temp, (file, done) -> {});
    assertThat(asked).containsExactly("/data/file.bin bytes=1000-");
    assertThat(Files.readAllBytes(temp.resolve("file.bin"))).isEqualTo(CONTENT);
  }

  @Test
  void aServerWithoutRangesStartsOver() throws IOException {
    ranges = false;
    Files.write(temp.resolve("file.bin.part"), new byte[1000]);
    download().into(temp, (file, done) -> {});
    assertThat(Files.readAllBytes(temp.resolve("file.bin"))).isEqualTo(CONTENT);
  }

  @Test
  void aServerThatAlwaysBreaksOffIsNamedAndThePartIsKept() {
    breakAfter = 10_000;
    assertThatThrownBy(() -> download().into(temp, (file, done) -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/data/file.bin: broke off after ")
        .hasMessageContaining("try again, it goes on from there");
    assertThat(temp.resolve("file.bin")).doesNotExist();
    assertThat(temp.resolve("file.bin.part")).exists();
  }

  @Test
  void aWrongSumIsRefusedAndTheOldFileStays() throws IOException {
    Files.writeString(temp.resolve("file.bin"), "old");
    content = CONTENT.clone();
    content[77] ^= 1;
    assertThatThrownBy(() -> download().into(temp, (file, done) -> {}))
        .hasMessageContaining("has SHA-256 ")
        .hasMessageContaining("expected ");
    assertThat(temp.resolve("file.bin")).hasContent("old");
    content = CONTENT;
    download().into(temp, (file, done) -> {}); // the bad part is not continued
    assertThat(Files.readAllBytes(temp.resolve("file.bin"))).isEqualTo(CONTENT);
  }

  @Test
  void tooMuchIsNotTaken() {
    content = Samples.noise(400_000);
    assertThatThrownBy(() -> download().into(temp, (file, done) -> {}))
        .hasMessageContaining("sends more than the 300000 bytes expected");
    assertThat(temp.resolve("file.bin")).doesNotExist();
  }

  @Test
  void aRefusalIsOneLine() {
    for (int code : new int[] {404, 403, 500}) {
      status = code;
      assertThatThrownBy(() -> download().into(temp, (file, done) -> {}))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("answered " + code)
          .hasMessageNotContaining("\n");
    }
    assertThat(asked).as("no second try of what stays refused").hasSize(3);
  }

  @Test
  void anUnwritableFolderIsNamed() throws IOException {
    Path file = Files.writeString(temp.resolve("taken"), "a file");
    assertThatThrownBy(() -> download().into(file.resolve("sub"), (f, done) -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("taken")
        .hasMessageContaining("choose another folder");
  }

  @Test
  void theOfficialSetsAreKnownAndOthersRefused() {
    for (String set : List.of("fashion-mnist", "mnist", "cifar10", "omniglot")) {
      Catalog.Entry entry = Catalog.find(set);
      assertThat(entry).isNotNull();
      assertThat(entry.downloadable()).isTrue();
      assertThat(Download.of(set).files()).isNotEmpty();
    }
    assertThatThrownBy(() -> Download.of("orl-faces"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("orl-faces");
  }

  /** The sums of what is here are the sums that a download would be held to. */
  @NeedsData
  @Test
  void theKnownSumsAreThoseOfTheFilesAtHand() throws IOException {
    for (String set : List.of("fashion-mnist", "mnist")) {
      Path folder = DataHome.current().require(set);
      for (Download.RemoteFile file : Download.of(set).files()) {
        byte[] bytes = Files.readAllBytes(folder.resolve(file.name()));
        assertThat((long) bytes.length).isEqualTo(file.bytes());
        assertThat(HexFormat.of().formatHex(Digest.sha256().digest(bytes)))
            .isEqualTo(file.sha256());
      }
    }
  }
}

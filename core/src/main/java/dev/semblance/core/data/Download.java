package dev.semblance.core.data;

import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/**
 * Fetches a set's files from their official addresses: resumed where they were cut, checked by
 * SHA-256, written beside and renamed.
 *
 * @param set the name of the set
 * @param files what it consists of
 */
public record Download(String set, List<RemoteFile> files) {
  private static final int ATTEMPTS = 4;
  private static final int BUFFER = 1 << 16;

  public Download {
    files = List.copyOf(files);
  }

  /**
   * A file to fetch.
   *
   * @param name what it is called here
   * @param address where it is
   * @param bytes its length
   * @param sha256 its sum in hexadecimal, lower case
   */
  public record RemoteFile(String name, URI address, long bytes, String sha256) {
    public RemoteFile {
      if (bytes < 1) {
        throw new IllegalArgumentException("bytes must be >= 1, got " + bytes);
      }
      if (!sha256.matches("[0-9a-f]{64}")) {
        throw new IllegalArgumentException(
            "sha256 must be 64 hexadecimal digits in lower case, got " + sha256);
      }
    }
  }

  /** Hears how far a download is. */
  @FunctionalInterface
  public interface Progress {
    /** So many bytes of {@code file} are here. */
    void at(RemoteFile file, long done);
  }

  /**
   * The official files of a set.
   *
   * @throws IllegalArgumentException if no address is known
   */
  public static Download of(String set) {
    return switch (set) {
      case "fashion-mnist" ->
          new Download(
              set,
              idx(
                  "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                  26421880,
                  "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                  29515,
                  "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                  4422102,
                  "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                  5148,
                  "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"));
      case "mnist" ->
          new Download(
              set,
              idx(
                  "https://storage.googleapis.com/cvdf-datasets/mnist/",
                  9912422,
                  "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                  28881,
                  "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                  1648877,
                  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                  4542,
                  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"));
      case "cifar10" ->
          new Download(
              set,
              List.of(
                  file(
                      "https://www.cs.toronto.edu/~kriz/",
                      "cifar-10-binary.tar.gz",
                      170052171,
                      "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd")));
      case "omniglot" ->
          new Download(
              set,
              List.of(
                  file(
                      "https://github.com/brendenlake/omniglot/raw/master/python/",
                      "images_background.zip",
                      9464212,
                      "ad41ab679c8b5d90b271ef46be6987cc81211774a695c29dcc5367b2b26ee640"),
                  file(
                      "https://github.com/brendenlake/omniglot/raw/master/python/",
                      "images_evaluation.zip",
                      6462886,
                      "1f61a8f3366785b057fc117d9228e78a16e3d976c8953b2a10fcc74cf0609cee"),
                  new RemoteFile(
                      "one_shot_runs.zip",
                      URI.create(
                          "https://github.com/brendenlake/omniglot/raw/master/python/"
                              + "one-shot-classification/all_runs.zip"),
                      352787,
                      "437c1eeab0af8484112e1b4cc0f3d541ec727f7c47b9b202da738af9dfd6c325")));
      default ->
          throw new IllegalArgumentException(
              "set must be one with a known address (fashion-mnist, mnist, cifar10, omniglot), got "
                  + set);
    };
  }

  private static List<RemoteFile> idx(
      String base,
      long trainImages,
      String trainImagesSum,
      long trainLabels,
      String trainLabelsSum,
      long testImages,
      String testImagesSum,
      long testLabels,
      String testLabelsSum) {
    return List.of(
        file(base, "train-images-idx3-ubyte.gz", trainImages, trainImagesSum),
        file(base, "train-labels-idx1-ubyte.gz", trainLabels, trainLabelsSum),
        file(base, "t10k-images-idx3-ubyte.gz", testImages, testImagesSum),
        file(base, "t10k-labels-idx1-ubyte.gz", testLabels, testLabelsSum));
  }

  private static RemoteFile file(String base, String name, long bytes, String sum) {
    return new RemoteFile(name, URI.create(base + name), bytes, sum);
  }

  /** The same files from another place: {@code base} followed by each file's name. */
  public Download withBase(URI base) {
    String text = base.toString().endsWith("/") ? base.toString() : base + "/";
    return new Download(
        set, files.stream().map(f -> file(text, f.name, f.bytes, f.sha256)).toList());
  }

  /**
   * Fetches what is missing into {@code folder}, which is made if need be. What is there with the
   * right sum stays untouched.
   *
   * @throws IOException in one line naming file and address; what was fetched so far is kept in
   *     {@code NAME.part} and used by the next call, unless its sum is wrong
   */
  public void into(Path folder, Progress progress) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileProblem.of(
          folder, "cannot be made (" + FileProblem.reason(e) + ")", "choose another folder", e);
    }
    try (HttpClient client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(20))
            .build()) {
      for (RemoteFile file : files) {
        fetch(client, file, folder.resolve(file.name), progress);
      }
    }
  }

  private static void fetch(HttpClient client, RemoteFile file, Path target, Progress progress)
      throws IOException {
    if (Files.exists(target)
        && Files.size(target) == file.bytes
        && sumOf(target).equals(file.sha256)) {
      progress.at(file, file.bytes);
      return;
    }
    Path part = target.resolveSibling(file.name + ".part");
    try (FileChannel out =
            FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.READ);
        FileLock lock = lock(out, part)) {
      if (out.size() > file.bytes) {
        out.truncate(0);
      }
      IOException last = null;
      for (int attempt = 0; attempt < ATTEMPTS && out.size() < file.bytes; attempt++) {
        try {
          continueWith(client, file, out, progress);
        } catch (Refused e) {
          throw e;
        } catch (IOException e) {
          last = e;
        }
      }
      if (out.size() < file.bytes) {
        throw FileProblem.of(
            file.address,
            "broke off after "
                + out.size()
                + " of "
                + file.bytes
                + " bytes"
                + (last == null ? "" : " (" + FileProblem.reason(last) + ")"),
            "try again, it goes on from there",
            last);
      }
      out.force(true);
      String sum = sumOf(part);
      if (!sum.equals(file.sha256)) {
        out.truncate(0);
        throw FileProblem.of(
            file.address,
            "has SHA-256 " + sum + ", expected " + file.sha256,
            "try again, or get " + file.name + " elsewhere");
      }
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    progress.at(file, file.bytes);
  }

  private static FileLock lock(FileChannel channel, Path part) throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw FileProblem.of(part, "is being written by another download", "wait for it to end");
    }
    return lock;
  }

  private static void continueWith(
      HttpClient client, RemoteFile file, FileChannel out, Progress progress) throws IOException {
    long have = out.size();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(file.address).timeout(Duration.ofMinutes(1)).GET();
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> response;
    try {
      response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refused(file.address + ": interrupted; try again, it goes on from there");
    }
    try (InputStream in = response.body()) {
      boolean continued =
          response.statusCode() == 206
              && response
                  .headers()
                  .firstValue("Content-Range")
                  .orElse("")
                  .startsWith("bytes " + have + "-");
      if (response.statusCode() == 416) {
        out.truncate(0);
        return;
      }
      if (response.statusCode() != 200 && !continued) {
        throw new Refused(
            file.address
                + ": answered "
                + response.statusCode()
                + "; check the network or give another address");
      }
      if (!continued) {
        out.truncate(0); // the server starts over
      }
      append(in, file, out, progress);
    }
  }

  private static void append(InputStream in, RemoteFile file, FileChannel out, Progress progress)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    long done = out.size();
    out.position(done);
    int read;
    while ((read = in.read(buffer)) > 0) {
      if (done + read > file.bytes) {
        out.truncate(0);
        throw new Refused(
            file.address
                + ": sends more than the "
                + file.bytes
                + " bytes expected; give another address");
      }
      ByteBuffer chunk = ByteBuffer.wrap(buffer, 0, read);
      while (chunk.hasRemaining()) {
        out.write(chunk);
      }
      done += read;
      progress.at(file, done);
    }
  }

  private static String sumOf(Path file) throws IOException {
    MessageDigest sum = Digest.sha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER];
      int read;
      while ((read = in.read(buffer)) > 0) {
        sum.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(sum.digest());
  }

  /** A failure that trying again does not mend. */
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }
}

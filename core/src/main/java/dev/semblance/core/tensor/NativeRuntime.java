package dev.semblance.core.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** Loads and tunes libtorch: what a library can set before the first native call is set here. */
public final class NativeRuntime {
  private static volatile boolean started;

  private NativeRuntime() {}

  /** Loads libtorch once; cheap afterwards. Called by {@link Scope#open}. */
  public static void start() {
    if (!started) {
      load();
    }
  }

  private static synchronized void load() {
    if (started) {
      return;
    }
    // Read by JavaCPP when its Pointer class is initialised; an embedder's own choice stands.
    setUnlessPresent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    setUnlessPresent("org.bytedeco.javacpp.nopointergc", "true");
    Loader.load(torch.class);
    started = true;
  }

  private static void setUnlessPresent(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  /** True once libtorch is loaded in this JVM. */
  public static boolean isStarted() {
    return started;
  }

  /** The resident memory of this process in bytes; 0 where the platform does not tell. */
  public static long residentBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D+", "")) * 1024;
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return 0;
  }
}

package dev.semblance.core.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A setting that the native runtime wants to find when it starts.
 *
 * @param name of the environment variable or system property
 * @param value recommended
 * @param inEnvironment an environment variable, else a system property
 * @param cost of not having it, as measured (docs/native-runtime.md)
 */
public record NativeSetting(String name, String value, boolean inEnvironment, String cost) {
  private static final String ALLOCATOR =
      "tensors over 32 MiB are mapped and unmapped at every operation: element-wise work up to 8"
          + " times slower";
  private static final String POOLS =
      "the two thread pools spin against each other: the small CNN runs up to 2.4 times slower";

  /**
   * Names an OpenBLAS built for OpenMP, for the launcher to load in place of ours: it shares
   * libtorch's threads.
   */
  public static final String BLAS = "SEMBLANCE_BLAS";

  /**
   * All of them; the launcher, the tests and the benchmarks set the same. Two of them hold apart
   * the thread pools of libtorch and of its BLAS; with {@link #BLAS} there is one pool only.
   */
  public static List<NativeSetting> all() {
    List<NativeSetting> all = new ArrayList<>();
    all.add(new NativeSetting("MALLOC_ARENA_MAX", "1", true, ALLOCATOR));
    all.add(new NativeSetting("MALLOC_MMAP_MAX_", "0", true, ALLOCATOR));
    all.add(new NativeSetting("MALLOC_TRIM_THRESHOLD_", "10000000000", true, ALLOCATOR));
    all.add(new NativeSetting("MALLOC_TOP_PAD_", "268435456", true, ALLOCATOR));
    String blas = System.getenv(BLAS);
    if (blas == null || blas.isEmpty()) {
      all.add(new NativeSetting("OPENBLAS_THREAD_TIMEOUT", "4", true, POOLS));
      all.add(new NativeSetting("GOMP_SPINCOUNT", "10000", true, POOLS));
    }
    all.add(
        new NativeSetting(
            "org.bytedeco.javacpp.maxPhysicalBytes",
            "0",
            false,
            "every allocation reads the process size: small operations 3 times slower"));
    all.add(
        new NativeSetting(
            "org.bytedeco.javacpp.nopointergc",
            "true",
            false,
            "every tensor is queued for the garbage collector as well: small operations slower"));
    return List.copyOf(all);
  }

  /** The value in force, or null. */
  public @Nullable String inForce() {
    return inEnvironment ? System.getenv(name) : System.getProperty(name);
  }

  /** Whether something is set; a value of the user's own is taken as meant. */
  public boolean satisfied() {
    String found = inForce();
    return found != null && !found.isEmpty();
  }
}

package dev.semblance.similarity.eval;

import java.util.Map;
import org.bytedeco.openblas.presets.openblas_nolapack;

/**
 * While one of these is open, a matrix product stays on the thread that asks for it.
 *
 * <p>An evaluation has its own threads, each with its own tile: no waiting for each other, where a
 * product split over OpenBLAS's pool takes a lock and two hand-overs a tile. The setting belongs to
 * the process; the last one to close restores it.
 */
final class OneBlasThread implements AutoCloseable {
  private static int open;
  private static int before;

  OneBlasThread() {
    synchronized (OneBlasThread.class) {
      if (open++ == 0) {
        before = openblas_nolapack.blas_get_num_threads();
        openblas_nolapack.blas_set_num_threads(1);
      }
    }
  }

  @Override
  public void close() {
    synchronized (OneBlasThread.class) {
      if (--open == 0) {
        openblas_nolapack.blas_set_num_threads(before > 0 ? before : initial());
      }
    }
  }

  /** What OpenBLAS chose when it was loaded; the binding knows it only once it has been set. */
  private static int initial() {
    Map<String, String> environment = System.getenv();
    for (String name :
        new String[] {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"}) {
      String value = environment.getOrDefault(name, "");
      if (value.matches("[1-9][0-9]{0,3}")) {
        return Integer.parseInt(value);
      }
    }
    return Runtime.getRuntime().availableProcessors();
  }
}

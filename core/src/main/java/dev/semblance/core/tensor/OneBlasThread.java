package dev.semblance.core.tensor;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Holds BLAS at one thread while open: a matrix product split over threads rounds differently for
 * each number of threads, and a loss must give the same bits on every machine setting. Work is
 * spread over rows instead.
 *
 * <p>The setting is the process's, so whoever is last out restores it. BLAS's own number is not to
 * be read through the binding; what was last set through it is restored, else BLAS's maximum.
 */
public final class OneBlasThread implements AutoCloseable {
  /** For OpenBLAS: as many as it was started with. */
  private static final int MOST = -1;

  private static int open = 0;
  private static int saved = MOST;

  /** From here to {@link #close}, BLAS uses one thread. */
  public OneBlasThread() {
    enter();
  }

  private static synchronized void enter() {
    if (open++ == 0) {
      saved = openblas_nolapack.blas_get_num_threads();
      Setter.INSTANCE.set(1);
    }
  }

  @Override
  public void close() {
    leave();
  }

  private static synchronized void leave() {
    if (--open == 0) {
      Setter.INSTANCE.set(saved);
    }
  }

  /**
   * OpenBLAS's function, looked up once: the binding's own call looks it up each time, in 0.3 ms.
   */
  private static final class Setter extends openblas_nolapack.SetNumThreads {
    static final Setter INSTANCE = new Setter();

    private final boolean direct;

    private Setter() {
      Scope.own(this);
      Loader.load(openblas_nolapack.class);
      Pointer address = Loader.addressof("openblas_set_num_threads");
      boolean mkl = Loader.addressof("MKL_Set_Num_Threads") != null;
      direct = address != null && !mkl;
      if (direct) {
        put(address);
      }
    }

    void set(int threads) {
      if (direct) {
        call(threads);
      } else if (threads > 0) {
        openblas_nolapack.blas_set_num_threads(threads);
      }
    }
  }
}

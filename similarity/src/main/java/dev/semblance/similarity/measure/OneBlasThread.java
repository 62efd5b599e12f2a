package dev.semblance.similarity.measure;

import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Holds BLAS at one thread while open: a matrix product split over threads rounds differently for
 * each number of threads, and a loss must give the same bits on every machine setting. Work is
 * spread over rows instead.
 *
 * <p>The setting is the process's; whoever is first in saves it and whoever is last out restores
 * it.
 */
final class OneBlasThread implements AutoCloseable {
  private static int open = 0;
  private static int saved = 1;

  OneBlasThread() {
    enter();
  }

  private static synchronized void enter() {
    if (open++ == 0) {
      saved = openblas_nolapack.blas_get_num_threads();
      openblas_nolapack.blas_set_num_threads(1);
    }
  }

  @Override
  public void close() {
    leave();
  }

  private static synchronized void leave() {
    if (--open == 0) {
      openblas_nolapack.blas_set_num_threads(saved);
    }
  }
}

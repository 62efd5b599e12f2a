package dev.semblance.core.tensor;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/** Whose threads the BLAS under libtorch works on. */
public enum BlasThreads {
  /** None but the caller's. */
  NONE,
  /** A pool of its own beside libtorch's: what comes with the binding. */
  OWN,
  /** OpenMP's, the same as libtorch's. */
  OPENMP,
  /** The BLAS does not tell; it is not OpenBLAS. */
  UNKNOWN;

  /** Of the BLAS that this process has loaded; loads it if there is none yet. */
  public static BlasThreads inForce() {
    NativeRuntime.start();
    Loader.load(openblas_nolapack.class);
    Pointer address = Loader.addressof("openblas_get_parallel");
    if (address == null) {
      return UNKNOWN;
    }
    try (Question question = new Question(address)) {
      int answer = question.call(0);
      return answer >= 0 && answer < OPENMP.ordinal() + 1 ? values()[answer] : UNKNOWN;
    }
  }

  /** A native function that gives a number; the argument is ignored by it. */
  private static final class Question extends openblas_nolapack.MklSetNumThreadsLocal {
    Question(Pointer address) {
      put(address);
    }
  }
}

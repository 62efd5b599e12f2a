package dev.semblance.generative.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.nn.Net;
import dev.semblance.core.train.Learner;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/** A run that is broken off and taken up again against one that is not. */
public final class Resumption {
  private Resumption() {}

  /** Eight steps, and three with the rest after the state was put into fresh objects. */
  public static <N extends Net> void check(
      Supplier<N> build, Function<N, ? extends Learner> learn) {
    Map<String, float[]> whole;
    try (N net = build.get();
        Learner learner = learn.apply(net)) {
      Toys.run(learner, 0, 8);
      whole = Toys.copy(learner.state());
    }
    Map<String, float[]> part;
    try (N net = build.get();
        Learner learner = learn.apply(net)) {
      Toys.run(learner, 0, 3);
      part = Toys.copy(learner.state());
    }
    try (N net = build.get();
        Learner learner = learn.apply(net)) {
      Toys.restore(learner.state(), part);
      Toys.run(learner, 3, 8);
      Map<String, float[]> resumed = Toys.copy(learner.state());
      assertThat(resumed.keySet()).isEqualTo(whole.keySet());
      whole.forEach((name, values) -> assertThat(resumed.get(name)).as(name).isEqualTo(values));
    }
    assertThat(part.keySet()).isEqualTo(whole.keySet());
  }
}

package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.junit.jupiter.api.Test;

class ProxyNcaLossTest {
  private static final ToyBatch BATCH = ToyBatch.of(1, 9, 5, 4);

  @Test
  void agreesWithTheLoopsInValueAndGradients() {
    try (Scope scope = Scope.open()) {
      for (double scale : new double[] {1, 9}) {
        try (ProxyNcaLoss loss = new ProxyNcaLoss(new ProxyNcaLoss.Config(6, 5, scale), 3)) {
          double[][] proxies = ToyBatch.rows(loss, "proxies");
          LossResult result = BATCH.apply(loss);
          assertThat(result.value())
              .isCloseTo(Naive.proxyNca(BATCH, proxies, scale), within(1e-11));
          assertThat(Ops.toDoubles(result.gradient()))
              .containsExactly(
                  Naive.gradient(x -> Naive.proxyNca(BATCH.with(x), proxies, scale), BATCH.x()),
                  within(1e-7));
          assertThat(ToyBatch.gradient(loss, "proxies"))
              .containsExactly(
                  Naive.gradient(v -> Naive.proxyNca(BATCH, v, scale), proxies), within(3e-6));
        }
      }
    }
  }

  /** On its own proxy, the other opposite: the quotient is e^{4 s}, the loss -4 s. */
  @Test
  void closedFormOfOppositeProxies() {
    try (Scope scope = Scope.open();
        ProxyNcaLoss loss = new ProxyNcaLoss(new ProxyNcaLoss.Config(2, 2, 3), 3)) {
      ToyBatch.set(loss, "proxies", 2, 0, -1, 0);
      ToyBatch batch = new ToyBatch(new double[][] {{5, 0}}, new long[] {0}, new long[] {0});
      assertThat(batch.apply(loss).value()).isCloseTo(-12, within(1e-12));
    }
  }

  @Test
  void everyComponentMattersAndIsChecked() {
    try (Scope scope = Scope.open()) {
      double value = value(ProxyNcaLoss.Config.of(4, 5));
      assertThat(value(new ProxyNcaLoss.Config(5, 5, 9))).isNotCloseTo(value, within(0.1));
      assertThat(value(new ProxyNcaLoss.Config(4, 5, 8))).isNotCloseTo(value, within(0.1));
    }
    assertThatThrownBy(() -> new ProxyNcaLoss.Config(4, 5, -1)).hasMessageContaining("scale");
    assertThatThrownBy(() -> ProxyNcaLoss.Config.of(0, 5)).hasMessageContaining("classes");
    assertThatThrownBy(() -> ProxyNcaLoss.Config.of(2, 0)).hasMessageContaining("width");
  }

  private static double value(ProxyNcaLoss.Config config) {
    try (ProxyNcaLoss loss = new ProxyNcaLoss(config, 3)) {
      return BATCH.apply(loss).value();
    }
  }
}

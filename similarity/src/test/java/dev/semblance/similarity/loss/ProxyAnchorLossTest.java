package dev.semblance.similarity.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.junit.jupiter.api.Test;

class ProxyAnchorLossTest {
  private static final ToyBatch BATCH = ToyBatch.of(1, 9, 5, 4);

  /** Six proxies, four classes in the batch: |C+| and C differ. */
  @Test
  void agreesWithTheLoopsInValueAndGradients() {
    try (Scope scope = Scope.open();
        ProxyAnchorLoss loss = new ProxyAnchorLoss(new ProxyAnchorLoss.Config(6, 5, 8, 0.1), 3)) {
      double[][] proxies = ToyBatch.rows(loss, "proxies");
      LossResult result = BATCH.apply(loss);
      assertThat(result.value())
          .isCloseTo(Naive.proxyAnchor(BATCH, proxies, 8, 0.1), within(1e-12));
      assertThat(Ops.toDoubles(result.gradient()))
          .containsExactly(
              Naive.gradient(x -> Naive.proxyAnchor(BATCH.with(x), proxies, 8, 0.1), BATCH.x()),
              within(1e-7));
      assertThat(ToyBatch.gradient(loss, "proxies"))
          .containsExactly(
              Naive.gradient(v -> Naive.proxyAnchor(BATCH, v, 8, 0.1), proxies), within(3e-6));
      assertThat(result.valid()).isEqualTo(9);
      assertThat(result.active()).isEqualTo(9);
    }
  }

  /** One row on its proxy, the other proxy orthogonal: both sums by hand. */
  @Test
  void closedFormOfOneRow() {
    try (Scope scope = Scope.open();
        ProxyAnchorLoss loss = new ProxyAnchorLoss(ProxyAnchorLoss.Config.of(2, 2), 3)) {
      ToyBatch.set(loss, "proxies", 3, 0, 0, 1);
      ToyBatch batch = new ToyBatch(new double[][] {{7, 0}}, new long[] {0}, new long[] {0});
      double expected = Math.log(1 + Math.exp(-32 * 0.9)) + Math.log(1 + Math.exp(32 * 0.1)) / 2;
      assertThat(batch.apply(loss).value()).isCloseTo(expected, within(1e-12));
    }
  }

  @Test
  void everyComponentMattersAndIsChecked() {
    try (Scope scope = Scope.open()) {
      double value = value(new ProxyAnchorLoss.Config(4, 5, 32, 0.1));
      assertThat(value(new ProxyAnchorLoss.Config(5, 5, 32, 0.1))).isNotCloseTo(value, within(0.1));
      assertThat(value(new ProxyAnchorLoss.Config(4, 5, 31, 0.1))).isNotCloseTo(value, within(0.1));
      assertThat(value(new ProxyAnchorLoss.Config(4, 5, 32, 0.2))).isNotCloseTo(value, within(0.1));
    }
    assertThat(ProxyAnchorLoss.Config.of(4, 5))
        .isEqualTo(new ProxyAnchorLoss.Config(4, 5, 32, 0.1));
    assertThatThrownBy(() -> new ProxyAnchorLoss.Config(4, 5, Double.NaN, 0.1))
        .hasMessageContaining("scale");
    assertThatThrownBy(() -> new ProxyAnchorLoss.Config(4, 5, 32, -0.1))
        .hasMessageContaining("margin");
    assertThatThrownBy(() -> new ProxyAnchorLoss.Config(1, 5, 32, 0.1))
        .hasMessageContaining("classes");
  }

  private static double value(ProxyAnchorLoss.Config config) {
    try (ProxyAnchorLoss loss = new ProxyAnchorLoss(config, 3)) {
      return BATCH.apply(loss).value();
    }
  }

  @Test
  void refusesLabelsByRow() {
    try (Scope scope = Scope.open();
        ProxyAnchorLoss loss = new ProxyAnchorLoss(ProxyAnchorLoss.Config.of(3, 5), 3)) {
      assertThatThrownBy(() -> BATCH.withLabels(0, 1, 2, 0, 1, 2, 0, 1, 7).apply(loss))
          .hasMessageContaining("labels must be in [0, 3), got 7 in row 8");
    }
  }
}

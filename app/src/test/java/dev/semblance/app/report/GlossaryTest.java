package dev.semblance.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GlossaryTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "precision_at_1",
        "precision_at_10",
        "recall_at_1",
        "recall_at_8",
        "cmc_at_5",
        "ndcg_at_10",
        "ndcg",
        "r_precision",
        "map_at_r",
        "map",
        "mrr",
        "minp",
        "nn",
        "first_tier",
        "second_tier",
        "nmi",
        "ami",
        "auc",
        "eer",
        "tpr_at_fpr_0.001",
        "accuracy",
        "correct",
        "seconds",
        "n",
        "classes",
        "loss"
      })
  void everyMetricOfTheHouseIsExplained(String name) {
    Metric metric = Metric.of(name, 0.5);
    assertThat(metric.explanation()).endsWith(".").hasSizeGreaterThan(20);
    assertThat(metric.label()).isNotEqualTo(name);
    assertThat(metric.hasInterval()).isFalse();
  }

  @Test
  void anUnknownNameIsItsOwnLabel() {
    Metric metric = Metric.of("silhouette_score", 0.5, 0.4, 0.6);
    assertThat(metric.label()).isEqualTo("silhouette score");
    assertThat(metric.scale()).isEqualTo(Metric.Scale.NUMBER);
    assertThat(metric.explanation()).isEmpty();
    assertThat(metric.hasInterval()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 10",
    "0.01, 1",
    "0.001, 0.1",
    "0.0001, 0.01",
    "0.00001, 0.001",
    "0.025, 2.5",
    "1, 100"
  })
  void ratesCarryNoEmptyDigits(double rate, String percent) {
    assertThat(Html.rate(rate)).isEqualTo(percent + "\u2009%");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|0",
        "10000|10,000",
        "0.25|0.2500",
        "1234.56|1,234.6",
        "1e-9|1.00e-09",
        "2e7|20,000,000"
      })
  void numbersAreShort(double value, String text) {
    assertThat(Html.number(value)).isEqualTo(text);
  }
}

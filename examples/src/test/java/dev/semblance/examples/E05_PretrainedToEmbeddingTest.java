package dev.semblance.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class E05_PretrainedToEmbeddingTest {
  @Test
  void featuresOfKnownDigitsServeUnknownOnes() {
    E05_PretrainedToEmbedding.Comparisons found = E05_PretrainedToEmbedding.unseenDigits(100);
    assertThat(found.pixels().classes()).isEqualTo(5);
    assertThat(found.features().precisionAt1().value())
        .isGreaterThan(found.pixels().precisionAt1().value() + 0.02);
    assertThat(found.features().mapAtR().value())
        .isGreaterThan(found.pixels().mapAtR().value() + 0.05);
  }

  @Test
  void mainPrintsBothRows() throws Exception {
    String output = Output.of(() -> E05_PretrainedToEmbedding.main(new String[] {"2"}));
    assertThat(output).contains("pixels    P@1  91.7 %").contains("features  P@1");
  }
}

package dev.semblance.generative.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.autoencoder.Toys;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class LatentTest {
  private static Tensor code(double... values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Ops.floats(floats, floats.length);
  }

  @Test
  void theStraightWayHasEqualSteps() {
    try (Scope scope = Scope.open()) {
      float[] way = Ops.toFloats(Interpolation.LINEAR.between(code(0, 4), code(2, 0), 3));
      assertThat(way).containsExactly(0, 4, 1, 2, 2, 0);
    }
  }

  @Test
  void theGreatCircleKeepsLengthAndAngle() {
    try (Scope scope = Scope.open()) {
      int steps = 7;
      Tensor a = code(3, 0, 0);
      Tensor b = code(0, 1.5, Math.sqrt(9 - 2.25));
      float[] way = Ops.toFloats(Interpolation.GREAT_CIRCLE.between(a, b, steps));
      for (int i = 0; i < steps; i++) {
        double length = Math.hypot(Math.hypot(way[3 * i], way[3 * i + 1]), way[3 * i + 2]);
        assertThat(length).isCloseTo(3, offset(1e-6));
        // The two are at right angles: equal steps of 15 degrees.
        assertThat(Math.acos(way[3 * i] / length))
            .isCloseTo(Math.PI / 2 * i / (steps - 1), offset(1e-3));
      }
      assertThat(way[3 * steps - 2]).isCloseTo(1.5f, offset(1e-6f));
      // Codes along one line have no angle between them.
      assertThat(Ops.toFloats(Interpolation.GREAT_CIRCLE.between(a, code(6, 0, 0), 3)))
          .containsExactly(3, 0, 0, 4.5f, 0, 0, 6, 0, 0);
      for (Tensor other : new Tensor[] {code(-1, 0, 0), code(0, 0, 0)}) {
        assertThatThrownBy(() -> Interpolation.GREAT_CIRCLE.between(a, other, 3))
            .hasMessage("codes must not be 0 or opposite on a great circle; take the linear way");
      }
    }
  }

  @Test
  void aTraversalChangesOneValue() {
    try (Scope scope = Scope.open()) {
      assertThat(Ops.toFloats(new Traversal(-1, 1, 3).of(code(7, 8), 1)))
          .containsExactly(7, -1, 7, 0, 7, 1);
      assertThatThrownBy(() -> new Traversal(-1, 1, 3).of(code(7, 8), 2))
          .hasMessageStartingWith("coordinate must be in [0.0, 1.0]");
    }
  }

  @Test
  void thePlaneIsWhereTheCodesAreWidest() {
    try (Scope scope = Scope.open();
        CodePlane plane =
            CodePlane.of(Toys.batch(0, Toys.gaussian(3000, 2, 1, 0.1)).images().flatten(1, -1))) {
      assertThat(plane.share()).isCloseTo(5 / 5.01, offset(0.002));
      assertThat(plane.deviations()[0]).isCloseTo(2, offset(0.1));
      assertThat(plane.deviations()[1]).isCloseTo(1, offset(0.05));
      Tensor codes = plane.grid(3, 2);
      double[] places = Ops.toDoubles(plane.places(codes));
      // From above left to below right.
      assertThat(places[0]).isCloseTo(-2 * plane.deviations()[0], offset(1e-5));
      assertThat(places[1]).isCloseTo(2 * plane.deviations()[1], offset(1e-5));
      assertThat(places[8]).isCloseTo(0, offset(1e-5));
      assertThat(places[17]).isCloseTo(-2 * plane.deviations()[1], offset(1e-5));
      Tensor again = plane.codes(plane.places(codes));
      assertThat(again.sub(codes).abs().max().item_double()).isLessThan(1e-5);
    }
  }

  @Test
  void narrowCodesAreTheirOwnPlaces() {
    try (Scope scope = Scope.open()) {
      Tensor two = Ops.floats(new float[] {0, 1, 2, 5, 1, 0}, 3, 2);
      try (CodePlane plane = CodePlane.of(two)) {
        assertThat(Ops.toDoubles(plane.places(two))).containsExactly(-1, -1, 1, 3, 0, -2);
        assertThat(plane.share()).isEqualTo(1);
      }
      Tensor one = Ops.floats(new float[] {0, 3, 6}, 3, 1);
      try (CodePlane plane = CodePlane.of(one)) {
        assertThat(Ops.toDoubles(plane.places(one))).containsExactly(-3, 0, 0, 0, 3, 0);
        assertThat(Ops.toFloats(plane.codes(plane.places(one)))).containsExactly(0, 3, 6);
      }
    }
  }
}

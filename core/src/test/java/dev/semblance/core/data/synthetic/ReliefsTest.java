package dev.semblance.core.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReliefsTest {
  private static final int SIDE = Reliefs.SIDE;

  @Test
  void aSurfaceIsAFunctionOfSeedSplitAndIndexOnly() {
    try (Scope scope = Scope.open();
        ImageSet few = Reliefs.images(3, Split.TEST, 5);
        ImageSet more = Reliefs.images(5, Split.TEST, 5)) {
      assertThat(Ops.toBytes(few.images(0, 1, 2))).isEqualTo(Ops.toBytes(more.images(0, 1, 2)));
      Mesh mesh = Reliefs.mesh(2, Split.TEST, 5);
      assertThat(Ops.toBytes(few.images(2))).isEqualTo(Reliefs.image(Reliefs.heightMap(mesh)));
      assertThat(Reliefs.mesh(13, Split.TEST, 5).vertices()).isNotEqualTo(mesh.vertices());
      assertThat(Reliefs.mesh(2, Split.TRAIN, 5).vertices()).isNotEqualTo(mesh.vertices());
      assertThat(Reliefs.mesh(2, Split.TEST, 6).vertices()).isNotEqualTo(mesh.vertices());
    }
  }

  @Test
  void thePatternIsTheClass() {
    try (ImageSet set = Reliefs.images(23, Split.TRAIN, 1)) {
      assertThat(set.classNames()).hasSize(11).contains("bricks", "hexagons", "cells");
      assertThat(set.label(12)).isEqualTo(1);
      assertThat(set.id(12)).isEqualTo("train/00012");
      assertThat(set.shape().toString()).isEqualTo("1x64x64");
    }
  }

  // As for the digits: a change of the generator must be meant.
  @Test
  void theBitsStay() {
    CRC32 crc = new CRC32();
    for (int i = 0; i < 22; i++) {
      crc.update(Reliefs.image(Reliefs.heightMap(Reliefs.mesh(i, Split.TRAIN, 1))));
    }
    assertThat(crc.getValue()).isEqualTo(1289821720L);
  }

  @ParameterizedTest
  @EnumSource(ReliefBase.class)
  void theBaseShapeIsTakenOut(ReliefBase base) {
    // The seed draws the same imprint for every base: all height maps must look like the plane's.
    for (ReliefPattern pattern : new ReliefPattern[] {ReliefPattern.DOTS, ReliefPattern.RIDGES}) {
      float[] flat = Reliefs.heightMap(Reliefs.mesh(pattern, ReliefBase.PLANE, 3));
      float[] bent = Reliefs.heightMap(Reliefs.mesh(pattern, base, 3));
      assertThat(correlation(flat, bent)).as(pattern.text()).isGreaterThan(0.98);
    }
  }

  @Test
  void movingAndTurningTheMeshChangesNothingAndScalingScales() {
    Mesh mesh = Reliefs.mesh(ReliefPattern.HEXAGONS, ReliefBase.TORUS, 9);
    float[] heights = Reliefs.heightMap(mesh);
    float[] vertices = mesh.vertices().clone();
    double cos = Math.cos(0.7);
    double sin = Math.sin(0.7);
    for (int i = 0; i < vertices.length; i += 3) {
      double x = 2 * vertices[i];
      double y = 2 * vertices[i + 1];
      double z = 2 * vertices[i + 2];
      vertices[i] = (float) (cos * x - sin * z + 3);
      vertices[i + 1] = (float) (y - 5);
      vertices[i + 2] = (float) (sin * x + cos * z + 1);
    }
    float[] moved = Reliefs.heightMap(new Mesh(vertices, mesh.triangles()));
    for (int i = 0; i < moved.length; i++) {
      assertThat(moved[i]).isCloseTo(2 * heights[i], within(1e-5f));
    }
    assertThat(Reliefs.image(moved))
        .usingElementComparator((a, b) -> Math.abs(a - b) < 2 ? 0 : 1)
        .isEqualTo(Reliefs.image(heights));
  }

  @Test
  void aPolynomialHasNoHeightAndARippleOnItIsFound() {
    SmoothSurface smooth = new SmoothSurface(SIDE);
    float[] vertices = new float[3 * SIDE * SIDE];
    for (int i = 0; i < SIDE; i++) {
      for (int j = 0; j < SIDE; j++) {
        double x = 2.0 * j / (SIDE - 1) - 1;
        double y = 2.0 * i / (SIDE - 1) - 1;
        int at = 3 * (i * SIDE + j);
        vertices[at] = (float) (x + 0.1 * Math.pow(y, 5));
        vertices[at + 1] = (float) (y - 0.2 * x * x * y);
        vertices[at + 2] = (float) (0.3 * Math.pow(x, 7) - 0.5 * Math.pow(y, 6) + 0.4 * x * y);
      }
    }
    for (float height : smooth.heights(vertices)) {
      assertThat(height).isCloseTo(0, within(1e-6f));
    }
    for (int i = 0; i < SIDE; i++) {
      for (int j = 0; j < SIDE; j++) {
        vertices[3 * (i * SIDE + j)] = j;
        vertices[3 * (i * SIDE + j) + 1] = i;
        vertices[3 * (i * SIDE + j) + 2] = ripple(i, j);
      }
    }
    float[] heights = smooth.heights(vertices);
    for (int i = 8; i < SIDE - 8; i++) {
      for (int j = 8; j < SIDE - 8; j++) {
        assertThat(heights[i * SIDE + j]).isCloseTo(ripple(i, j), within(0.02f));
      }
    }
  }

  private static float ripple(int i, int j) {
    return 0.1f * (float) (Math.sin(1.1 * i) * Math.sin(0.9 * j));
  }

  @ParameterizedTest
  @EnumSource(ReliefPattern.class)
  void aPatternFillsZeroToOneAndFollowsItsArguments(ReliefPattern pattern) {
    double least = 1;
    double most = 0;
    double varied = 0;
    for (int i = 0; i < 5000; i++) {
      double x = -20 + 0.0731 * (i % 71) + 0.003 * i;
      double y = -20 + 0.0677 * (i / 71) + 0.001 * i;
      double height = pattern.height(x, y, 7);
      assertThat(height).isBetween(-1e-9, 1 + 1e-9);
      least = Math.min(least, height);
      most = Math.max(most, height);
      varied += Math.abs(pattern.height(x, y + 0.3, 7) - height);
    }
    assertThat(least).isLessThan(0.1);
    assertThat(most).isGreaterThan(0.9);
    assertThat(varied / 5000).isGreaterThan(0.05);
    if (pattern == ReliefPattern.CELLS) {
      assertThat(pattern.height(0.3, 0.4, 1)).isNotEqualTo(pattern.height(0.3, 0.4, 2));
    }
  }

  @Test
  void patternsAndBasesAllDiffer() {
    Set<Integer> seen = new HashSet<>();
    for (ReliefPattern pattern : ReliefPattern.values()) {
      seen.add(Arrays.hashCode(Reliefs.mesh(pattern, ReliefBase.CONE, 4).vertices()));
    }
    for (ReliefBase base : ReliefBase.values()) {
      seen.add(Arrays.hashCode(Reliefs.mesh(ReliefPattern.ROPE, base, 4).vertices()));
    }
    assertThat(seen).hasSize(11 + 9 - 1);
  }

  @ParameterizedTest
  @EnumSource(ReliefBase.class)
  void everyBaseVariesAndStaysSmall(ReliefBase base) {
    double[] at = new double[3];
    double[] other = new double[3];
    base.point(0.4, -0.6, 0.2, 0.3, at);
    base.point(0.4, -0.6, -0.5, 0.3, other);
    assertThat(other).isNotEqualTo(at);
    for (double c : at) {
      assertThat(Math.abs(c)).isLessThan(4);
    }
  }

  @Test
  void theMeshIsADiskWithOutwardTriangles() {
    Mesh mesh = Reliefs.mesh(ReliefPattern.SCALES, ReliefBase.SPHERE, 2);
    Set<Long> edges = new HashSet<>();
    int[] triangles = mesh.triangles();
    for (int t = 0; t < triangles.length; t += 3) {
      for (int k = 0; k < 3; k++) {
        long from = triangles[t + k];
        long to = triangles[t + (k + 1) % 3];
        // Neighbours run along a common edge in opposite directions: none twice in one.
        assertThat(edges.add(from * 1_000_000 + to)).isTrue();
      }
    }
    long undirected =
        edges.stream()
            .filter(
                e -> {
                  long back = e % 1_000_000 * 1_000_000 + e / 1_000_000;
                  return e < back || !edges.contains(back);
                })
            .count();
    assertThat(mesh.vertexCount() - undirected + mesh.triangleCount()).isEqualTo(1);

    float[] normals = mesh.normals();
    double[] centre = new double[3];
    for (int i = 0; i < normals.length; i++) {
      centre[i % 3] += mesh.vertices()[i] / mesh.vertexCount();
    }
    // A patch of a sphere about the origin: outward is away from the origin.
    double outward = 0;
    for (int i = 0; i < normals.length; i += 3) {
      double length = Math.hypot(Math.hypot(normals[i], normals[i + 1]), normals[i + 2]);
      assertThat(length).isCloseTo(1, within(1e-6));
      for (int k = 0; k < 3; k++) {
        outward += normals[i + k] * centre[k];
      }
    }
    assertThat(outward / mesh.vertexCount()).isGreaterThan(0.5);
  }

  @Test
  void bumpsAreHighAndJointsAreLow() {
    double third = 0;
    for (float height : Reliefs.heightMap(Reliefs.mesh(ReliefPattern.BRICKS, ReliefBase.VASE, 1))) {
      third += Math.pow(height, 3);
    }
    // Bricks are wide plateaus with narrow deep joints: skewed downwards. Domes upwards.
    assertThat(third).isNegative();
    third = 0;
    for (float height : Reliefs.heightMap(Reliefs.mesh(ReliefPattern.DOTS, ReliefBase.VASE, 1))) {
      third += Math.pow(height, 3);
    }
    assertThat(third).isPositive();
  }

  @Test
  void refusesNonsense() {
    Mesh triangle = new Mesh(new float[9], new int[] {0, 1, 2});
    assertThatThrownBy(() -> Reliefs.heightMap(triangle)).hasMessageContaining("got 3 vertices");
    assertThatThrownBy(() -> Reliefs.images(0, Split.TEST, 1)).hasMessageContaining("count");
    assertThatThrownBy(() -> Reliefs.mesh(0, Split.ALL, 1)).hasMessageContaining("got ALL");
    assertThat(Reliefs.image(new float[9])).containsOnly((byte) 128);
  }

  private static double correlation(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }
}

package dev.semblance.core.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeshTest {
  // A tetrahedron with a right angle at the origin.
  private static final Mesh CORNER =
      new Mesh(
          new float[] {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2},
          new int[] {0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3});

  @Test
  void normalsWeighTrianglesByArea() {
    float[] normals = CORNER.normals();
    // Twice the areas at the origin: 1 (down z), 2 (down y), 2 (down x).
    assertThat(normals[0]).isEqualTo(-2f / 3);
    assertThat(normals[1]).isEqualTo(-2f / 3);
    assertThat(normals[2]).isEqualTo(-1f / 3);
    assertThat(new Mesh(new float[3], new int[0]).normals()).containsOnly(0f);
  }

  @Test
  void objComesBackAsItWas(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("corner.obj");
    CORNER.writeObj(file);
    List<Float> vertices = new ArrayList<>();
    List<Float> normals = new ArrayList<>();
    List<Integer> triangles = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] words = line.split(" ");
      for (int i = 1; i < words.length; i++) {
        switch (words[0]) {
          case "v" -> vertices.add(Float.parseFloat(words[i]));
          case "vn" -> normals.add(Float.parseFloat(words[i]));
          case "f" -> {
            String[] parts = words[i].split("//");
            assertThat(parts[0]).isEqualTo(parts[1]);
            triangles.add(Integer.parseInt(parts[0]) - 1);
          }
          default -> throw new AssertionError(line);
        }
      }
    }
    assertThat(vertices).containsExactly(box(CORNER.vertices()));
    assertThat(normals).containsExactly(box(CORNER.normals()));
    assertThat(triangles).containsExactly(0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3);
  }

  @Test
  void aFailedWriteLeavesNothing(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("none/corner.obj");
    assertThatThrownBy(() -> CORNER.writeObj(missing))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("corner.obj");
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void refusesNonsense() {
    assertThatThrownBy(() -> new Mesh(new float[4], new int[0])).hasMessageContaining("threes");
    assertThatThrownBy(() -> new Mesh(new float[6], new int[] {0, 1, 2}))
        .hasMessage("triangle 0 must name vertices 0..1, got 2");
    assertThatThrownBy(() -> new Mesh(new float[] {0, Float.NaN, 0}, new int[0]))
        .hasMessage("vertex 0 must be finite, got NaN");
  }

  private static Float[] box(float[] values) {
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < boxed.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }
}

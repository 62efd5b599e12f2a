package dev.semblance.core.data.synthetic;

import dev.semblance.core.file.Atomic;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A triangle mesh. The arrays are not copied, and two meshes are equal only where they share them.
 *
 * @param vertices x, y, z of each vertex; finite
 * @param triangles three vertices each, counted from 0, counter-clockwise seen from outside
 */
public record Mesh(float[] vertices, int[] triangles) {
  public Mesh {
    if (vertices.length % 3 != 0 || triangles.length % 3 != 0) {
      throw new IllegalArgumentException(
          "vertices and triangles must come in threes, got "
              + vertices.length
              + " and "
              + triangles.length
              + " numbers");
    }
    int count = vertices.length / 3;
    for (int i = 0; i < triangles.length; i++) {
      if (triangles[i] < 0 || triangles[i] >= count) {
        throw new IllegalArgumentException(
            "triangle "
                + i / 3
                + " must name vertices 0.."
                + (count - 1)
                + ", got "
                + triangles[i]);
      }
    }
    for (int i = 0; i < vertices.length; i++) {
      if (!Float.isFinite(vertices[i])) {
        throw new IllegalArgumentException(
            "vertex " + i / 3 + " must be finite, got " + vertices[i]);
      }
    }
  }

  /** The number of vertices. */
  public int vertexCount() {
    return vertices.length / 3;
  }

  /** The number of triangles. */
  public int triangleCount() {
    return triangles.length / 3;
  }

  /**
   * Unit normals at the vertices, x, y, z of each: the sum of the adjacent triangles' normals by
   * area. Zero where a vertex has no area around it.
   */
  public float[] normals() {
    double[] sums = new double[vertices.length];
    for (int t = 0; t < triangles.length; t += 3) {
      int a = 3 * triangles[t];
      int b = 3 * triangles[t + 1];
      int c = 3 * triangles[t + 2];
      double ux = vertices[b] - vertices[a];
      double uy = vertices[b + 1] - vertices[a + 1];
      double uz = vertices[b + 2] - vertices[a + 2];
      double vx = vertices[c] - vertices[a];
      double vy = vertices[c + 1] - vertices[a + 1];
      double vz = vertices[c + 2] - vertices[a + 2];
      double[] normal = {uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx};
      for (int corner = t; corner < t + 3; corner++) {
        for (int axis = 0; axis < 3; axis++) {
          sums[3 * triangles[corner] + axis] += normal[axis];
        }
      }
    }
    float[] normals = new float[sums.length];
    for (int i = 0; i < sums.length; i += 3) {
      double x = sums[i];
      double y = sums[i + 1];
      double z = sums[i + 2];
      double length = Math.sqrt(x * x + y * y + z * z);
      double scale = length > 0 ? 1 / length : 0;
      normals[i] = (float) (x * scale);
      normals[i + 1] = (float) (y * scale);
      normals[i + 2] = (float) (z * scale);
    }
    return normals;
  }

  /**
   * Writes a Wavefront OBJ file with normals; a file of that name is replaced only when the new one
   * is whole.
   *
   * @throws IOException naming the file
   */
  public void writeObj(Path file) throws IOException {
    Atomic.stream(
        file,
        stream -> {
          Writer out = new OutputStreamWriter(stream, StandardCharsets.US_ASCII);
          write(out);
          out.flush();
        });
  }

  private void write(Writer out) throws IOException {
    float[] normals = normals();
    for (int i = 0; i < vertices.length; i += 3) {
      out.write(line("v", vertices, i));
    }
    for (int i = 0; i < normals.length; i += 3) {
      out.write(line("vn", normals, i));
    }
    for (int t = 0; t < triangles.length; t += 3) {
      // OBJ counts from 1.
      int a = triangles[t] + 1;
      int b = triangles[t + 1] + 1;
      int c = triangles[t + 2] + 1;
      out.write("f " + a + "//" + a + " " + b + "//" + b + " " + c + "//" + c + "\n");
    }
  }

  private static String line(String kind, float[] values, int i) {
    return kind + " " + values[i] + " " + values[i + 1] + " " + values[i + 2] + "\n";
  }
}

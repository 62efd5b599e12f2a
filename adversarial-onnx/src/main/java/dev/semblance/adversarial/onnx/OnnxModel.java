package dev.semblance.adversarial.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.semblance.adversarial.access.InputFormat;
import dev.semblance.adversarial.access.ScoreFormat;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An ONNX file, run by ONNX Runtime on the processor: scores, no gradients.
 *
 * <p>It must have one input of float32 or float64 images, [n, channels, height, width] or, as
 * TensorFlow has them, [n, height, width, channels]; n may be fixed, then the last images are
 * filled up. The scores are its first output of floating point [n, classes].
 */
public final class OnnxModel implements ScoreFormat.ScoreModel, ScoreOracle.Scores {
  private final Path file;
  private final OrtSession session;
  private final InputFormat input;
  private final Entrance entrance;
  private final String output;
  private final int classes;

  /**
   * The one input.
   *
   * @param name of the input
   * @param type float32 or float64
   * @param batch a fixed number of images, or -1
   * @param channelsLast whether the axes of an image must be moved
   */
  private record Entrance(String name, ScalarType type, long batch, boolean channelsLast) {}

  private OnnxModel(
      Path file,
      OrtSession session,
      InputFormat input,
      Entrance entrance,
      String output,
      int classes) {
    this.file = file;
    this.session = session;
    this.input = input;
    this.entrance = entrance;
    this.output = output;
    this.classes = classes;
  }

  /**
   * Opens a file and tries it on one image of mid-grey.
   *
   * @param input what the model wants of its images
   * @param imageShape of one image: channels, height, width
   * @throws IOException naming the file, where it is missing, damaged, takes other images or gives
   *     no scores
   */
  public static OnnxModel open(Path file, InputFormat input, long... imageShape)
      throws IOException {
    FileProblem.checkReadable(file);
    OrtSession session = null;
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      session = OrtEnvironment.getEnvironment().createSession(file.toString(), options);
      Entrance entrance = entrance(file, session, imageShape);
      String output = output(file, session);
      OnnxModel trial = new OnnxModel(file, session, input, entrance, output, 0);
      OnnxModel model =
          new OnnxModel(file, session, input, entrance, output, trial.count(imageShape));
      session = null;
      return model;
    } catch (OrtException e) {
      throw FileProblem.of(file, "ONNX Runtime cannot read it: " + reason(e), "export it again", e);
    } finally {
      if (session != null) {
        close(session, file);
      }
    }
  }

  private static Entrance entrance(Path file, OrtSession session, long... imageShape)
      throws IOException, OrtException {
    Map<String, NodeInfo> inputs = session.getInputInfo();
    if (inputs.size() != 1) {
      throw FileProblem.of(
          file, "has inputs " + inputs.keySet() + ", not one", "export it with images alone");
    }
    NodeInfo node = inputs.values().iterator().next();
    if (!(node.getInfo() instanceof TensorInfo info)
        || (info.type != OnnxJavaType.FLOAT && info.type != OnnxJavaType.DOUBLE)) {
      throw FileProblem.of(
          file, "takes " + node.getInfo(), "export it with an input of float32 or float64 images");
    }
    long[] shape = info.getShape();
    long[] last = rotated(imageShape);
    boolean first = fits(shape, imageShape);
    if (!first && !fits(shape, last)) {
      throw FileProblem.of(
          file,
          "takes images "
              + Arrays.toString(shape).replace("-1", "any")
              + ", not "
              + Arrays.toString(imageShape),
          "give the shape it takes");
    }
    return new Entrance(
        node.getName(),
        info.type == OnnxJavaType.FLOAT ? ScalarType.Float : ScalarType.Double,
        shape[0] > 0 ? shape[0] : -1,
        !first);
  }

  /** Whether images of {@code image} go into {@code shape}, where -1 takes anything. */
  private static boolean fits(long[] shape, long... image) {
    boolean fits = shape.length == image.length + 1;
    for (int i = 0; fits && i < image.length; i++) {
      fits = shape[i + 1] < 0 || shape[i + 1] == image[i];
    }
    return fits;
  }

  /** The first axis, channels, as the last. */
  private static long[] rotated(long... shape) {
    long[] rotated = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      rotated[i] = shape[(i + 1) % shape.length];
    }
    return rotated;
  }

  private static String output(Path file, OrtSession session) throws IOException, OrtException {
    for (NodeInfo node : session.getOutputInfo().values()) {
      if (node.getInfo() instanceof TensorInfo info
          && (info.type == OnnxJavaType.FLOAT || info.type == OnnxJavaType.DOUBLE)
          && info.getShape().length == 2) {
        return node.getName();
      }
    }
    throw FileProblem.of(
        file,
        "has no output of scores [n, classes], but " + session.getOutputInfo().keySet(),
        "export it with its logits");
  }

  private int count(long... imageShape) throws IOException {
    try (Scope scope = Scope.open()) {
      long[] shape = new long[imageShape.length + 1];
      shape[0] = 1;
      System.arraycopy(imageShape, 0, shape, 1, imageShape.length);
      double middle = input.box().low() / 2 + input.box().high() / 2;
      Tensor scores = of(Ops.zeros(ScalarType.Float, shape).add(Ops.scalar(middle)));
      if (scores.size(1) < 2) {
        throw FileProblem.of(
            file,
            "gives " + scores.size(1) + " score an image, not 2 or more",
            "export its logits");
      }
      return Math.toIntExact(scores.size(1));
    } catch (IllegalStateException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /**
   * The scores of images.
   *
   * @param images float32 or float64 [n, channels, height, width] in the box of the input format
   * @return of the type that the model gives, [n, classes], in the caller's scope
   * @throws IllegalStateException in one line, where ONNX Runtime fails
   */
  @Override
  public Tensor of(Tensor images) {
    try (Scope scope = Scope.open()) {
      Tensor ready = input.apply(images.detach()).to(entrance.type);
      if (entrance.channelsLast) {
        ready = ready.movedim(1, -1);
      }
      long n = images.size(0);
      long together = entrance.batch > 0 ? entrance.batch : n;
      List<Tensor> parts = new ArrayList<>();
      for (long first = 0; first < n; first += together) {
        long count = Math.min(together, n - first);
        Tensor some = ready.narrow(0, first, count);
        if (count < together) {
          Tensor filling = ready.narrow(0, 0, 1).repeat(filling(together - count, ready.dim()));
          some = torch.cat(new TensorVector(some, filling), 0);
        }
        parts.add(run(some.contiguous()).narrow(0, 0, count));
      }
      return scope.keep(torch.cat(new TensorVector(parts.toArray(Tensor[]::new)), 0));
    }
  }

  private static long[] filling(long count, long axes) {
    long[] times = new long[Math.toIntExact(axes)];
    Arrays.fill(times, 1);
    times[0] = count;
    return times;
  }

  private Tensor run(Tensor images) {
    long[] shape = images.shape();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OnnxTensor question =
            entrance.type == ScalarType.Float
                ? OnnxTensor.createTensor(
                    environment, FloatBuffer.wrap(Ops.toFloats(images)), shape)
                : OnnxTensor.createTensor(
                    environment, DoubleBuffer.wrap(Ops.toDoubles(images)), shape);
        OrtSession.Result result = session.run(Map.of(entrance.name, question), Set.of(output))) {
      OnnxTensor answer = (OnnxTensor) result.get(0);
      long[] found = answer.getInfo().getShape();
      if (found.length != 2 || found[0] != shape[0]) {
        throw new IllegalStateException(
            file + ": gives " + Arrays.toString(found) + " for images " + Shapes.of(images));
      }
      return answer.getInfo().type == OnnxJavaType.FLOAT
          ? Ops.floats(values(answer.getFloatBuffer()), found)
          : Ops.doubles(values(answer.getDoubleBuffer()), found);
    } catch (OrtException e) {
      throw new IllegalStateException(file + ": ONNX Runtime fails: " + reason(e), e);
    }
  }

  private static float[] values(FloatBuffer buffer) {
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static double[] values(DoubleBuffer buffer) {
    double[] values = new double[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private static String reason(OrtException error) {
    return String.valueOf(error.getMessage()).lines().findFirst().orElse("no reason given");
  }

  @Override
  public ScoreOracle oracle() {
    return ScoreOracle.of(this, classes, input.box());
  }

  /** The number of classes, at least 2. */
  public int classes() {
    return classes;
  }

  @Override
  public void close() {
    close(session, file);
  }

  private static void close(OrtSession session, Path file) {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(file + ": could not be closed: " + reason(e), e);
    }
  }
}

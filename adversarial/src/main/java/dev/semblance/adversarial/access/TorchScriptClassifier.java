package dev.semblance.adversarial.access;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.core.tensor.TorchException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.parameter_iterator;
import org.bytedeco.pytorch.parameter_list;

/**
 * A TorchScript file ({@code torch.jit.script(net).save("net.pt")} or {@code trace}), with
 * gradients through it to the images.
 *
 * <p>It is put in inference mode on the processor, and its parameters record no gradient. The code
 * in such a file is TorchScript: it computes, but reaches no files and no Python. The output must
 * be one tensor of logits [n, classes]; a model that ends in a softmax is accepted, but its
 * gradients vanish where it is sure.
 */
public final class TorchScriptClassifier implements Classifier, AutoCloseable {
  private final Path file;
  private final JitModule module;
  private final InputFormat input;
  private final ScalarType type;
  private final int classes;

  private TorchScriptClassifier(Path file, JitModule module, InputFormat input, int classes) {
    this.file = file;
    this.module = module;
    this.input = input;
    this.type = type(module);
    this.classes = classes;
  }

  /**
   * Opens a file and tries it on one image.
   *
   * @param input what the model wants of its images
   * @param imageShape of one image, without the batch axis: channels, height, width for pictures;
   *     the number of classes is found by one forward pass
   * @throws IOException naming the file, where it is missing, damaged, no TorchScript, or does not
   *     make logits of such an image
   */
  public static TorchScriptClassifier open(Path file, InputFormat input, long... imageShape)
      throws IOException {
    TorchScriptFile.check(file);
    try (Scope scope = Scope.open()) {
      JitModule module;
      try {
        module = torch.load(file.toString(), new DeviceOptional(new Device("cpu")), true);
        module.eval();
      } catch (RuntimeException e) {
        throw FileProblem.of(
            file,
            "libtorch cannot read it: " + TorchScriptFile.reason(e),
            "save it again with torch.jit.script(net).save(...)",
            e);
      }
      freeze(module);
      int classes = new TorchScriptClassifier(file, module, input, 0).count(imageShape);
      return new TorchScriptClassifier(file, Scope.own(module), input, classes);
    }
  }

  private static void freeze(JitModule module) {
    parameter_list parameters = module.parameters();
    parameter_iterator end = parameters.end();
    for (parameter_iterator at = parameters.begin(); at.notEquals(end); at.increment()) {
      at.access().requires_grad_(false);
    }
  }

  /** The type its weights have, which images must have, too. */
  private static ScalarType type(JitModule module) {
    try (Scope scope = Scope.open()) {
      parameter_list parameters = module.parameters();
      parameter_iterator end = parameters.end();
      for (parameter_iterator at = parameters.begin(); at.notEquals(end); at.increment()) {
        Tensor weight = at.access();
        if (weight.is_floating_point()) {
          return weight.scalar_type().intern();
        }
      }
      return ScalarType.Float;
    }
  }

  /** The number of classes, by one forward pass on an image of mid-grey. */
  private int count(long... imageShape) throws IOException {
    long[] shape = new long[imageShape.length + 1];
    shape[0] = 1;
    System.arraycopy(imageShape, 0, shape, 1, imageShape.length);
    Box box = input.box();
    try (Scope scope = Scope.open()) {
      Tensor grey =
          Ops.zeros(ScalarType.Float, shape).add(Ops.scalar(box.low() / 2 + box.high() / 2));
      Tensor logits = Ops.withoutGradient(() -> logits(grey));
      if (logits.dim() != 2 || logits.size(0) != 1 || logits.size(1) < 2) {
        throw FileProblem.of(
            file,
            "gives " + Shapes.of(logits) + " for one image, not logits [1, classes >= 2]",
            "save a model that ends in its logits");
      }
      return Math.toIntExact(logits.size(1));
    } catch (TorchException e) {
      throw FileProblem.of(
          file,
          "fails on an image of " + Arrays.toString(imageShape) + ": " + e.getMessage(),
          "give images of the shape and range it was trained on",
          e);
    }
  }

  @Override
  public Tensor logits(Tensor images) {
    try (Scope scope = Scope.open()) {
      Tensor ready = input.apply(images).to(type);
      IValue answer;
      try {
        answer = module.forward(new IValueVector(new IValue(ready)));
      } catch (RuntimeException e) {
        throw TorchException.of(
            file.getFileName() + " forward",
            Shapes.of(images),
            new RuntimeException(TorchScriptFile.reason(e), e));
      }
      if (!answer.isTensor()) {
        throw TorchException.of(
            file.getFileName() + " forward",
            Shapes.of(images),
            new RuntimeException("gives no single tensor, but " + kind(answer)));
      }
      return scope.keep(answer.toTensor().to(images.scalar_type().intern()));
    }
  }

  private static String kind(IValue answer) {
    return answer.tagKind().getString().toLowerCase(Locale.ROOT);
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public Box box() {
    return input.box();
  }

  @Override
  public void close() {
    Scope.release(module);
  }
}

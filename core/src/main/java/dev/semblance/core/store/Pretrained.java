package dev.semblance.core.store;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.ResNet;
import dev.semblance.core.nn.SqueezeNet;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Weight files of other makers: the architecture is recognised by the names and shapes of the
 * tensors, preprocessing and class names by what the net was trained on.
 *
 * <p>Known are the LeNet and the pre-activation ResNets for CIFAR-10, and torchvision's SqueezeNet
 * 1.1 for ImageNet.
 */
public final class Pretrained {
  /** The classes of CIFAR-10 in label order. */
  public static final List<String> CIFAR10 =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  // The training set's mean and the deviation as the authors of the weights used them, 0..255.
  private static final Preprocessing CIFAR10_IMAGES =
      new Preprocessing(
          new ImageShape(3, 32, 32),
          new double[] {125.307, 122.95, 113.865},
          new double[] {62.9932, 62.0887, 66.7048});
  // torchvision's figures for the range 0..1.
  private static final Preprocessing IMAGENET_IMAGES =
      new Preprocessing(
          new ImageShape(3, 224, 224),
          new double[] {255 * 0.485, 255 * 0.456, 255 * 0.406},
          new double[] {255 * 0.229, 255 * 0.224, 255 * 0.225});
  private static final String NAMES_FILE = "imagenet_classes.txt";
  private static final int IMAGENET_CLASSES = 1000;

  private Pretrained() {}

  /**
   * Opens a foreign file; the caller closes the model.
   *
   * <p>The names of ImageNet's classes come from {@code imagenet_classes.txt} beside the file (one
   * line a class: WordNet id, then names); without it they are {@code class 0}, {@code class 1},
   * ...
   *
   * @throws IOException one line naming file, place and remedy
   */
  public static Model open(Path file) throws IOException {
    return ModelFile.load(file);
  }

  static ModelFile.Description describe(Path file, SafetensorsHeader header) throws IOException {
    if (has(header, "features.0.weight", 4) && has(header, "classifier.1.weight", 4)) {
      int classes = length(header, "classifier.1.weight", 0);
      List<String> names = classes == IMAGENET_CLASSES ? imageNetNames(file) : numbered(classes);
      return described(header, new SqueezeNet.Config(classes), IMAGENET_IMAGES, names);
    }
    if (has(header, "conv1.weight", 4)
        && has(header, "layer1.0.bn1.weight", 1)
        && has(header, "fc.weight", 2)) {
      return cifar10(file, header, resNet(file, header), length(header, "fc.weight", 0));
    }
    if (has(header, "conv1.weight", 4)
        && has(header, "fc1.weight", 2)
        && has(header, "fc3.weight", 2)) {
      return cifar10(file, header, LeNet.Config.of(), length(header, "fc3.weight", 0));
    }
    String claimed = header.metadata().getOrDefault("architecture", "");
    throw FileProblem.at(
        file,
        "tensors",
        "no known architecture has these names"
            + (claimed.isEmpty() ? "" : " (the file says " + FileProblem.quote(claimed) + ")"),
        "give a model saved by Semblance, or a LeNet, a pre-activation ResNet or a SqueezeNet 1.1");
  }

  private static ModelFile.Description described(
      SafetensorsHeader header, Architecture net, Preprocessing images, List<String> names) {
    return new ModelFile.Description(header, net, images, names, header.metadata());
  }

  /** The nets whose preprocessing is known only for CIFAR-10. */
  private static ModelFile.Description cifar10(
      Path file, SafetensorsHeader header, Architecture net, int classes) throws IOException {
    String dataset = header.metadata().getOrDefault("dataset", "CIFAR-10");
    if (!dataset.equals("CIFAR-10") || classes != CIFAR10.size()) {
      throw FileProblem.at(
          file,
          "metadata dataset",
          "the preprocessing is known for CIFAR-10 with 10 classes, got "
              + FileProblem.quote(dataset)
              + " with "
              + classes,
          "load the tensors and save them as a model with their preprocessing");
    }
    return described(header, net, CIFAR10_IMAGES, CIFAR10);
  }

  private static ResNet.Config resNet(Path file, SafetensorsHeader header) throws IOException {
    List<Integer> widths = new ArrayList<>();
    while (has(header, "layer" + (widths.size() + 1) + ".0.conv1.weight", 4)) {
      widths.add(length(header, "layer" + (widths.size() + 1) + ".0.conv1.weight", 0));
    }
    int blocks = 0;
    while (has(header, "layer1." + blocks + ".conv1.weight", 4)) {
      blocks++;
    }
    String epsilon = header.metadata().getOrDefault("batch_norm_epsilon", "0.001");
    try {
      return new ResNet.Config(
          length(header, "conv1.weight", 1),
          2 * blocks * widths.size() + 2,
          widths,
          length(header, "fc.weight", 0),
          Double.parseDouble(epsilon));
    } catch (IllegalArgumentException e) {
      throw FileProblem.at(
          file,
          "metadata batch_norm_epsilon and tensors",
          "no pre-activation ResNet: " + e.getMessage(),
          "the file is damaged; fetch it again",
          e);
    }
  }

  private static boolean has(SafetensorsHeader header, String name, int dimensions) {
    SafetensorsHeader.Entry entry = header.tensors().get(name);
    return entry != null && entry.shape().size() == dimensions;
  }

  private static int length(SafetensorsHeader header, String name, int dimension) {
    SafetensorsHeader.Entry entry = header.tensors().get(name);
    return entry == null ? 0 : Math.toIntExact(entry.shape().get(dimension));
  }

  private static List<String> numbered(int classes) {
    return IntStream.range(0, classes).mapToObj(k -> "class " + k).toList();
  }

  /** The first of each class's names; where two classes share it, with the WordNet id. */
  private static List<String> imageNetNames(Path file) throws IOException {
    Path beside = FileProblem.folder(file).resolve(NAMES_FILE);
    if (!Files.isRegularFile(beside)) {
      return numbered(IMAGENET_CLASSES);
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(beside);
    } catch (MalformedInputException e) {
      throw FileProblem.of(beside, "is not valid UTF-8", "fetch it again", e);
    } catch (IOException e) {
      throw FileProblem.reading(beside, e);
    }
    if (lines.size() != IMAGENET_CLASSES) {
      throw FileProblem.at(
          beside,
          "line " + lines.size(),
          "must have " + IMAGENET_CLASSES + " lines, got " + lines.size(),
          "fetch it again or take it away");
    }
    Set<String> seen = new HashSet<>();
    Set<String> shared = new HashSet<>();
    for (String line : lines) {
      if (!seen.add(firstName(line))) {
        shared.add(firstName(line));
      }
    }
    return lines.stream()
        .map(
            line ->
                shared.contains(firstName(line))
                    ? firstName(line) + " (" + line.split(" ", 2)[0] + ")"
                    : firstName(line))
        .toList();
  }

  private static String firstName(String line) {
    String names = line.substring(line.indexOf(' ') + 1);
    int comma = names.indexOf(',');
    return comma < 0 ? names : names.substring(0, comma);
  }
}

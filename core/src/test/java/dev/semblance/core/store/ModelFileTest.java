package dev.semblance.core.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Architecture;
import dev.semblance.core.nn.ConvEncoder;
import dev.semblance.core.nn.Embedder;
import dev.semblance.core.nn.LeNet;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.nn.ResNet;
import dev.semblance.core.nn.SqueezeNet;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.testkit.NeedsData;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  private static final Preprocessing GREY = Preprocessing.of(new ImageShape(1, 16, 16));
  @TempDir Path folder;

  @Test
  void anEmbedderOverAnotherNetComesBackBitForBit() throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open();
        Net net = Embedder.over(new LeNet.Config(1, 16, 16, 3).build(1), 5, true, 2)) {
      ModelFile.save(file, net, GREY, List.of(), Map.of());
      try (Model model = ModelFile.load(file)) {
        assertThat(model.net().architecture()).isEqualTo(net.architecture());
        net.weights()
            .all()
            .forEach(
                (name, tensor) ->
                    assertThat(model.net().weights().all().get(name))
                        .as(name)
                        .satisfies(back -> assertThat(tensor.equal(back)).isTrue()));
      }
    }
  }

  @Test
  void otherValuesOfTheWeightsCanBeSavedAndHalfPrecisionIsRead() throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open();
        Net net = new LeNet.Config(1, 16, 16, 3).build(1)) {
      Map<String, Tensor> halves = new LinkedHashMap<>();
      net.weights().all().forEach((name, t) -> halves.put(name, t.to(ScalarType.Half)));
      ModelFile.save(file, net.architecture(), halves, GREY, List.of("a", "b", "c"), Map.of());
      try (Model model = ModelFile.load(file)) {
        model
            .net()
            .weights()
            .all()
            .forEach(
                (name, tensor) ->
                    assertThat(Ops.toFloats(tensor))
                        .as(name)
                        .isEqualTo(Ops.toFloats(halves.getOrDefault(name, tensor))));
      }
    }
  }

  @Test
  void takenNamesAreRefusedAndOthersKept() throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open();
        Net net = new LeNet.Config(1, 16, 16, 3).build(1)) {
      assertThatThrownBy(
              () -> ModelFile.save(file, net, GREY, List.of(), Map.of("semblance.model", "7")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("semblance.model is taken");
      assertThat(file).doesNotExist();
      ModelFile.save(file, net, GREY, List.of("é\n\"x\""), Map.of("recipe", "triplet"));
    }
    ModelFile.Description description = ModelFile.describe(file);
    assertThat(description.architecture()).isEqualTo(new LeNet.Config(1, 16, 16, 3));
    assertThat(description.preprocessing()).isEqualTo(GREY);
    assertThat(description.classNames()).containsExactly("é\n\"x\"");
    assertThat(description.metadata()).containsOnlyKeys("recipe", "format");
    assertThat(description.header().tensors()).hasSize(10);
    assertThat(ModelFile.isModel(description.header())).isTrue();
  }

  /** In a JVM of its own that has the Java classes only, not the jars of the native libraries. */
  @Test
  void describingNeedsNoLibtorch() throws Exception {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open();
        Net net = new LeNet.Config(1, 16, 16, 3).build(1)) {
      ModelFile.save(file, net, GREY, List.of(), Map.of());
    }
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(
                    ModelFileTest.class,
                    ModelFile.class,
                    Tensor.class,
                    Pointer.class,
                    JsonMapper.class,
                    JsonFactory.class,
                    JsonTypeInfo.class),
                Describe.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).contains("Config[channels=1, height=16, width=16, classes=3]");
  }

  private static String classPath(Class<?>... classes) throws URISyntaxException {
    List<String> places = new ArrayList<>();
    for (Class<?> type : classes) {
      places.add(
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return String.join(File.pathSeparator, places);
  }

  /** Run by the test above. */
  static final class Describe {
    public static void main(String[] arguments) throws IOException {
      System.out.println(ModelFile.describe(Path.of(arguments[0])).architecture());
    }
  }

  @NeedsData
  @Test
  void theNetsOfOtherMakersAreRecognised() throws IOException {
    ModelFile.Description lenet =
        ModelFile.describe(SharedData.file("cifar10-models/lenet.safetensors"));
    assertThat(lenet.architecture()).isEqualTo(LeNet.Config.of());
    assertThat(lenet.classNames()).isEqualTo(Pretrained.CIFAR10);
    assertThat(lenet.preprocessing().mean()).containsExactly(125.307, 122.95, 113.865);
    assertThat(lenet.preprocessing().shape()).isEqualTo(new ImageShape(3, 32, 32));
    assertThat(ModelFile.describe(SharedData.file("cifar10-models/resnet32.safetensors")))
        .satisfies(
            resnet -> assertThat(resnet.architecture()).isEqualTo(ResNet.Config.of(3, 32, 10)));
    Path squeeze = SharedData.file("squeezenet1_1/squeezenet1_1.safetensors");
    assertThat(ModelFile.describe(squeeze).architecture()).isEqualTo(SqueezeNet.Config.of());
    assertThat(ModelFile.describe(squeeze).classNames())
        .hasSize(1000)
        .doesNotHaveDuplicates()
        .contains("tabby", "crane (n02012849)", "crane (n03126707)")
        .startsWith("tench", "goldfish");
  }

  @NeedsData
  @Test
  void namesOfImageNetComeFromTheFileBeside() throws IOException {
    Path copy = folder.resolve("copy.safetensors");
    Files.copy(SharedData.file("squeezenet1_1/squeezenet1_1.safetensors"), copy);
    assertThat(ModelFile.describe(copy).classNames()).startsWith("class 0").endsWith("class 999");
    Path names = folder.resolve("imagenet_classes.txt");
    Files.writeString(names, "n1 one\nn2 two\n");
    assertThatThrownBy(() -> ModelFile.describe(copy))
        .isInstanceOf(IOException.class)
        .hasMessage(
            names + ": line 2: must have 1000 lines, got 2; fetch it again or take it away");
    Files.write(names, new byte[] {(byte) 0xC3, '\n'});
    assertThatThrownBy(() -> ModelFile.describe(copy))
        .hasMessage(names + ": is not valid UTF-8; fetch it again");
  }

  @Test
  void aNetWithoutValuesIsBoundedAndLeavesNothingBehind() {
    List<Architecture> nets =
        List.of(
            new LeNet.Config(1, 16, 16, 3),
            new ResNet.Config(1, 6, List.of(2, 3), 3, 0.1),
            new SqueezeNet.Config(2),
            new Mlp.Config(4, List.of(5), 3),
            ConvEncoder.Config.of(1, 16, 16, 3));
    for (Architecture architecture : nets) {
      long values;
      try (Scope scope = Scope.open();
          Net net = architecture.build(1)) {
        values = net.weights().all().values().stream().mapToLong(Tensor::numel).sum();
        try (Net same = Weights.unfilled(values, () -> architecture.build(1))) {
          same.weights()
              .all()
              .forEach((name, t) -> assertThat(t.shape()).isEqualTo(shape(net, name)));
          assertThat(same.weights().parameters().keySet())
              .isEqualTo(net.weights().parameters().keySet());
        }
      }
      assertThatThrownBy(() -> Weights.unfilled(values - 1, () -> architecture.build(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("larger than what the file holds");
    }
    // The failures above must not leave the thread building nets without values.
    try (Net net = new LeNet.Config(1, 16, 16, 3).build(1);
        Net same = new LeNet.Config(1, 16, 16, 3).build(1)) {
      net.weights()
          .all()
          .forEach(
              (name, tensor) ->
                  assertThat(Ops.toFloats(tensor))
                      .isEqualTo(Ops.toFloats(same.weights().all().getOrDefault(name, tensor))));
    }
  }

  @Test
  void whatARefusedNetHasMadeIsFreed() {
    List<Tensor> made = new ArrayList<>();
    assertThatThrownBy(
            () ->
                Weights.unfilled(
                    10,
                    () -> {
                      Weights weights = new Weights(0);
                      made.add(weights.uniform("first", 1, 4));
                      made.add(weights.buffer("second", 0, 6));
                      assertThat(made).noneMatch(tensor -> tensor.isNull());
                      weights.normal("third", 1, 1_000_000_000, 1_000_000_000);
                      throw new AssertionError("the third weight must be refused");
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tensor third [1000000000, 1000000000] is larger");
    assertThat(made).hasSize(2).allMatch(tensor -> tensor.isNull());
  }

  private static long[] shape(Net net, String name) {
    return Objects.requireNonNull(net.weights().all().get(name)).shape();
  }
}

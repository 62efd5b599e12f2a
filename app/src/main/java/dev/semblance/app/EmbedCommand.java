package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.Npy;
import dev.semblance.core.store.Safetensors;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Writes embeddings to a file. */
@Command(
    name = "embed",
    description = "Write the embedding of every image to a safetensors or npy file.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class EmbedCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Mixin private NetAndData chosen;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "X.safetensors|X.npy",
      description = "The file to write.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    String name = out.getFileName().toString();
    if (!name.endsWith(".npy") && !name.endsWith(".safetensors")) {
      throw Problem.usage("--out must end in .safetensors or .npy, got " + out);
    }
    Output output = main.output();
    try (Model model = chosen.net();
        ImageSet set = chosen.images(model);
        Scope scope = Scope.open()) {
      Tensor embeddings = Evaluator.embed(model, set, output);
      if (name.endsWith(".npy")) {
        Npy.write(out, embeddings);
      } else {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("embeddings", embeddings);
        tensors.put("labels", Ops.longs(Arrays.stream(set.labels()).asLongStream().toArray()));
        Safetensors.write(
            out,
            tensors,
            Map.of(
                "data", set.name(), "data_digest", set.digest(), "model", chosen.run().toString()));
      }
      ObjectNode result = Output.object();
      result.put("out", out.toString()).put("n", set.size()).put("dimension", embeddings.size(1));
      output.line(
          "%,d embeddings of %d values in %s".formatted(set.size(), embeddings.size(1), out));
      output.result(result);
      return 0;
    }
  }
}

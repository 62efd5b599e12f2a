package dev.semblance.core.data;

import dev.semblance.core.data.synthetic.Reliefs;
import dev.semblance.core.data.synthetic.Strokes;
import dev.semblance.core.file.FileProblem;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Opens image sets by name or path. */
public final class DataSets {
  private static final List<String> FASHION =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");

  private static final int FACES_TO_LEARN = 30;

  private DataSets() {}

  /**
   * Opens a set.
   *
   * @param nameOrPath a name of the catalogue, or the path of an IDX file, of a folder of class
   *     folders or of a zip of one. A name wins over a path; write {@code ./mnist} for a folder of
   *     that name
   * @throws IOException in one line naming file, problem and remedy
   */
  public static ImageSet open(String nameOrPath, Split split, DataOptions options)
      throws IOException {
    return open(nameOrPath, split, options, DataHome.current());
  }

  /** Opens a set, looking for names in {@code home}. */
  public static ImageSet open(String nameOrPath, Split split, DataOptions options, DataHome home)
      throws IOException {
    String title = nameOrPath + " " + split.text();
    return switch (nameOrPath) {
      case "fashion-mnist" ->
          IdxImages.openFolder(title, home.require(nameOrPath), split, options, FASHION);
      case "mnist" ->
          IdxImages.openFolder(
              title,
              home.require(nameOrPath),
              split,
              options,
              IntStream.range(0, 10).mapToObj(Integer::toString).toList());
      case "cifar10" -> openCifar10(title, home.require(nameOrPath), split, options);
      case "omniglot" -> Omniglot.open(title, home.require(nameOrPath), split, options);
      case "orl-faces" -> openFaces(title, home.require(nameOrPath), split, options);
      case "strokes" ->
          fitted(
              switch (options.count()) {
                case SyntheticCount.Usual usual -> Strokes.images(split, options.seed());
                case SyntheticCount.Exactly exactly ->
                    Strokes.images(exactly.of(split), split, options.seed());
              },
              options);
      case "reliefs" ->
          fitted(
              switch (options.count()) {
                case SyntheticCount.Usual usual -> Reliefs.images(split, options.seed());
                case SyntheticCount.Exactly exactly ->
                    Reliefs.images(exactly.of(split), split, options.seed());
              },
              options);
      default -> openUnnamed(nameOrPath, split, options);
    };
  }

  private static ImageSet fitted(ImageSet set, DataOptions options) throws IOException {
    ImageShape own = set.shape();
    boolean asWanted =
        (options.colour() == Colour.AUTOMATIC
                || (options.colour() == Colour.GREY) == (own.channels() == 1))
            && (!(options.size() instanceof ImageSize.Exactly size)
                || (size.height() == own.height() && size.width() == own.width()));
    if (asWanted) {
      return set;
    }
    try (set) {
      long[] rows = LongStream.range(0, set.size()).toArray();
      byte[] pixels;
      try (Scope scope = Scope.open()) {
        pixels = Ops.toBytes(set.images(rows));
      }
      List<String> ids = IntStream.range(0, set.size()).mapToObj(set::id).toList();
      Pictures pictures = new Pictures.InMemory(set.name(), own, pixels);
      return Listing.of(set.name(), pictures, set.labels(), set.classNames(), ids::get)
          .open(options);
    }
  }

  private static ImageSet openCifar10(String title, Path folder, Split split, DataOptions options)
      throws IOException {
    Path unpacked = folder.resolve("cifar-10-batches-bin");
    if (Files.isDirectory(unpacked)) {
      return CifarBinary.openFolder(title, unpacked, split, options);
    }
    if (CifarBinary.isFolder(folder)) {
      return CifarBinary.openFolder(title, folder, split, options);
    }
    Path tar = folder.resolve("cifar-10-binary.tar.gz");
    if (Files.exists(tar)) {
      return CifarBinary.openTar(title, tar, split, options);
    }
    return switch (split) {
      case TRAIN -> cifar10Zip(title, folder, Split.TRAIN).open(options);
      case TEST -> cifar10Zip(title, folder, Split.TEST).open(options);
      case ALL -> {
        Listing train = cifar10Zip(title, folder, Split.TRAIN);
        try {
          yield train.followedBySame(cifar10Zip(title, folder, Split.TEST)).open(options);
        } catch (IOException e) {
          train.pictures().close();
          throw e;
        }
      }
    };
  }

  /** PNG files in class folders; the official order of the classes is the alphabetical one. */
  private static Listing cifar10Zip(String title, Path folder, Split split) throws IOException {
    List<String> names =
        split == Split.TRAIN ? List.of("train.zip", "train_subset.zip") : List.of("test.zip");
    for (String name : names) {
      Path zip = folder.resolve(name);
      if (Files.exists(zip)) {
        Listing listing = ClassFolders.list(title, ZipArchive.open(zip), Split.ALL);
        if (!listing.classNames().equals(CifarBinary.CLASSES)) {
          listing.pictures().close();
          throw FileProblem.of(
              zip,
              "has the classes " + listing.classNames() + ", expected the ten of CIFAR-10",
              "get the file again");
        }
        return listing;
      }
    }
    throw FileProblem.of(
        folder,
        "holds neither data_batch_*.bin, cifar-10-binary.tar.gz nor " + String.join(", ", names),
        "get the binary version of CIFAR-10");
  }

  /**
   * The set has no parts of its own: the first 30 people are learnt from, the last ten held out.
   */
  private static ImageSet openFaces(String title, Path folder, Split split, DataOptions options)
      throws IOException {
    Listing all = ClassFolders.list(title, FolderArchive.open(folder), Split.ALL);
    return switch (split) {
      case TRAIN -> all.classes(0, FACES_TO_LEARN).open(options);
      case TEST -> all.classes(FACES_TO_LEARN, all.classNames().size()).open(options);
      case ALL -> all.open(options);
    };
  }

  private static ImageSet openUnnamed(String text, Split split, DataOptions options)
      throws IOException {
    Path path;
    try {
      path = Path.of(text);
    } catch (InvalidPathException e) {
      throw FileProblem.of(text, "is neither a set nor a path", "data list names the sets", e);
    }
    if (!Files.exists(path)) {
      Catalog.Entry table = Catalog.find(text);
      if (table != null && table.kind() == Catalog.Kind.TABLE) {
        throw FileProblem.of(text, "is a table, not an image set", "use it with a linear learner");
      }
      String nearest = Catalog.nearest(text);
      throw FileProblem.of(
          text,
          "no set and no file of this name",
          nearest == null
              ? "data list names the sets; or check the path"
              : "did you mean " + nearest + "?");
    }
    return openPath(path, split, options);
  }

  private static ImageSet openPath(Path path, Split split, DataOptions options) throws IOException {
    String file = String.valueOf(path.getFileName());
    String title = file + " " + split.text();
    if (Files.isDirectory(path)) {
      try {
        if (IdxImages.isFolder(path)) {
          return IdxImages.openFolder(title, path, split, options, null);
        }
        if (CifarBinary.isFolder(path)) {
          return CifarBinary.openFolder(title, path, split, options);
        }
      } catch (FileSystemException e) {
        throw FileProblem.reading(path, e);
      }
      return ClassFolders.list(title, FolderArchive.open(path), split).open(options);
    }
    if (IdxImages.isImagesFile(path)) {
      return IdxImages.openFile(path, split, options);
    }
    if (file.endsWith(".tar.gz") || file.endsWith(".tgz")) {
      return CifarBinary.openTar(title, path, split, options);
    }
    if (file.toLowerCase(Locale.ROOT).endsWith(".zip")) {
      return ClassFolders.list(title, ZipArchive.open(path), split).open(options);
    }
    throw FileProblem.of(
        path,
        "is no set of images",
        "name a folder of class folders, a zip of one, an IDX images file or CIFAR-10's tar.gz");
  }
}

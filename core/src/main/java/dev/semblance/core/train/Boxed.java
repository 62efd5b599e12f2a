package dev.semblance.core.train;

import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.ListType;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;

/**
 * A call of an operator that has no Java method, by libtorch's dispatcher. Arguments are pushed in
 * the order of the operator's schema; all of it lives in the current scope.
 */
final class Boxed {
  private final OperatorHandle operator;
  private final IValueVector stack = new IValueVector();

  Boxed(String name) {
    this.operator = Dispatcher.singleton().findSchemaOrThrow("aten::" + name, "");
  }

  Boxed tensors(List<Tensor> tensors) {
    GenericList list = new GenericList(ListType.ofTensors().getElementType());
    list.reserve(tensors.size());
    for (Tensor tensor : tensors) {
      list.push_back(new IValue(tensor));
    }
    stack.push_back(new IValue(list));
    return this;
  }

  Boxed number(double value) {
    stack.push_back(new IValue(value));
    return this;
  }

  Boxed flag(boolean value) {
    stack.push_back(new IValue(value));
    return this;
  }

  Boxed none() {
    stack.push_back(new IValue());
    return this;
  }

  void call() {
    Dispatcher.singleton().callBoxed(operator, stack);
  }
}

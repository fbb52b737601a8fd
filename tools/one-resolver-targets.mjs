// Whether what a message or a request says about its target reaches the resolver whole.
import ts from 'typescript';

const FIELDS = new Set(['instance_id', 'instance_name']);
const MESSAGES = new Set(['NodeMessage', 'NodeMessageInFlow']);

export class Targets {
  #checker;
  #reference;

  /** @param reference the fields of a target, as the resolver takes them */
  constructor(checker, reference) {
    this.#checker = checker;
    this.#reference = reference;
  }

  /** How a node mistreats a target, in a word. */
  of(node) {
    if (ts.isCallExpression(node)) return this.#ofCall(node);
    if (ts.isObjectLiteralExpression(node)) return this.#isHalf(node) ? 'half' : undefined;
    if (ts.isBindingElement(node)) return this.#ofBinding(node);
    const field = fieldOf(node);
    if (!field || isWritten(node.parent, node) || !this.#isOutside(node.expression, node)) return undefined;
    return this.#isHandedOver(node) ? undefined : 'read';
  }

  /** `getMessageProperty(msg, 'instance_id')` is a read as well. */
  #ofCall(call) {
    const names = call.arguments.some((one) => ts.isStringLiteralLike(one) && FIELDS.has(one.text));
    if (names && call.arguments.some((one) => this.#isMessageType(this.#checker.getTypeAtLocation(uncast(one)))))
      return 'read';
    return this.#isDeaf(call) ? 'deaf' : undefined;
  }

  /** Who takes messages and hands no target on acts on a home that nobody named. */
  #isDeaf({ expression: callee, arguments: [event], parent }) {
    if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'on') return false;
    if (!event || !ts.isStringLiteral(event) || event.text !== 'input') return false;
    const hands = (node) =>
      (ts.isExpression(node) && this.#isHandedReference(node)) || ts.forEachChild(node, hands) || false;
    return !hands(parent.getSourceFile());
  }

  #isHandedReference(expression) {
    if (!ts.isObjectLiteralExpression(expression) && !ts.isIdentifier(expression) && !ts.isAsExpression(expression))
      return false;
    const contextual = this.#checker.getContextualType(expression);
    return contextual !== undefined && this.#isReference(contextual);
  }

  /** Id without name would not notice that the two disagree. */
  #isHalf(literal) {
    const present = literal.properties.filter(({ name }) => name && FIELDS.has(name.text));
    if (present.length !== 1 || literal.properties.some(ts.isSpreadAssignment)) return false;
    const contextual = this.#checker.getContextualType(literal);
    return contextual !== undefined && this.#isReference(contextual);
  }

  #ofBinding(element) {
    const name = element.propertyName ?? element.name;
    if (!ts.isIdentifier(name) || !FIELDS.has(name.text)) return undefined;
    const { parent: pattern } = element;
    const source = ts.isVariableDeclaration(pattern.parent) ? pattern.parent.initializer : undefined;
    if (!this.#isOutside(source, element.name, pattern)) return undefined;
    if (!ts.isIdentifier(element.name)) return 'read';
    const symbol = this.#checker.getSymbolAtLocation(element.name);
    const uses = [];
    const collect = (node) => {
      if (ts.isIdentifier(node) && node !== element.name && this.#symbolOf(node) === symbol) uses.push(node);
      ts.forEachChild(node, collect);
    };
    collect(element.getSourceFile());
    return uses.every((use) => this.#isHandedOver(use)) ? undefined : 'read';
  }

  #symbolOf(identifier) {
    const { parent } = identifier;
    if (ts.isShorthandPropertyAssignment(parent)) return this.#checker.getShorthandAssignmentValueSymbol(parent);
    return this.#checker.getSymbolAtLocation(identifier);
  }

  /** Nobody has looked at it yet: its type is unknown, or it came out of a message. */
  #isOutside(source, value, pattern) {
    if (isUntyped(this.#checker.getTypeAtLocation(value))) return true;
    if (source) return this.#isMessage(source);
    return pattern !== undefined && this.#isMessageType(this.#checker.getTypeAtLocation(pattern));
  }

  #isMessage(given) {
    const expression = uncast(given);
    const type = this.#checker.getTypeAtLocation(expression);
    if (isUntyped(type) || this.#isMessageType(type)) return true;
    if (!ts.isIdentifier(expression)) return false;
    const declared = this.#checker.getSymbolAtLocation(expression)?.valueDeclaration;
    const copied = declared && ts.isVariableDeclaration(declared) ? declared.initializer : undefined;
    return copied !== undefined && this.#isMessage(copied);
  }

  #isMessageType(type) {
    if (type.isUnionOrIntersection()) return type.types.some((part) => this.#isMessageType(part));
    return MESSAGES.has(type.symbol?.name);
  }

  #isHandedOver(value) {
    const property = value.parent;
    const isValue =
      ts.isShorthandPropertyAssignment(property) ||
      (ts.isPropertyAssignment(property) && property.initializer === value);
    if (!isValue || !FIELDS.has(property.name.text)) return false;
    const contextual = this.#checker.getContextualType(property.parent);
    return contextual !== undefined && this.#isReference(contextual);
  }

  #isReference(type) {
    if (type.isUnion()) return type.types.some((part) => this.#isReference(part));
    return type === this.#reference;
  }
}

function fieldOf(node) {
  if (ts.isPropertyAccessExpression(node)) return FIELDS.has(node.name.text);
  if (!ts.isElementAccessExpression(node)) return false;
  return ts.isStringLiteralLike(node.argumentExpression) && FIELDS.has(node.argumentExpression.text);
}

function isWritten(parent, node) {
  return (
    ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.left === node
  );
}

function isUntyped({ flags }) {
  return Boolean(flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown));
}

function uncast(expression) {
  const wraps =
    ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression) || ts.isNonNullExpression(expression);
  return wraps ? uncast(expression.expression) : expression;
}

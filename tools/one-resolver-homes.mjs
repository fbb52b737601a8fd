// What is an instance, and what is a collection of them, as TypeScript sees it.
import ts from 'typescript';

/** These only look like an instance. */
const NOT_HOMES = {
  BackupInfo: 'a backup; its name is that of a file',
};

/** What one instance has of its own: who takes one of several takes one instance. */
const BELONGINGS = new Set(['Backups', 'Keeping', 'Namespace']);

/** What these make of a collection is still one entry an instance. */
const DERIVING = new Set(
  'map filter flatMap flat slice sort toSorted reverse toReversed concat values entries keys toArray drop take'.split(
    ' ',
  ),
);
const SIFTING = new Set(['filter', 'flatMap', 'slice', 'splice', 'take', 'drop']);
const COPYING = new Set(['Array.from', 'Object.values', 'Object.keys', 'Object.entries', 'Iterator.from']);
const COLLECTIONS = new Set(['Array', 'Set', 'Map']);

export class Homes {
  #checker;
  #candidate;
  #sources;
  #homes = new Map();
  #crowds = new Map();

  /** @param candidate whatever can be handed to the resolver is an instance */
  constructor(checker, candidate, sources) {
    this.#checker = checker;
    this.#candidate = candidate;
    this.#sources = sources;
  }

  /** An instance, perhaps none, perhaps later, perhaps beside something else: `[id, member]`, `{ member, score }`. */
  isHome(type) {
    return remembered(this.#homes, type, () => this.#isPlainHome(type) || this.#holdsOne(type));
  }

  #isPlainHome(given) {
    const type = this.#checker.getAwaitedType(given) ?? given;
    if (type.isUnion()) return type.types.some((part) => this.#isPlainHome(part));
    if (!isThing(type) || (type.aliasSymbol ?? type.symbol)?.name in NOT_HOMES) return false;
    if (this.#isCandidate(type) || (BELONGINGS.has(type.symbol?.name) && this.#isOurs(type))) return true;
    // Pick<Member, ...>, Partial<Member>.
    const isPart = type.objectFlags & ts.ObjectFlags.Mapped && this.#indexed(type).length === 0;
    return Boolean(isPart && type.aliasTypeArguments?.some((part) => isThing(part) && this.#isCandidate(part)));
  }

  #isCandidate(type) {
    return this.#checker.isTypeAssignableTo(type, this.#candidate);
  }

  #holdsOne(given) {
    const type = this.#checker.getAwaitedType(given) ?? given;
    if (type.isUnion()) return type.types.some((part) => this.isHome(part));
    if (this.#checker.isTupleType(type)) {
      return !isOpen(type) && this.#parts(type).filter((part) => this.#isPlainHome(part)).length === 1;
    }
    return this.#isOurs(type) && this.#properties(type).some((property) => this.#isPlainHome(property));
  }

  /** A collection, or an object that has one inside and hands out its members. */
  holdsHomes(expression) {
    if (this.isCrowd(expression)) return true;
    const type = this.#checker.getTypeAtLocation(expression);
    return this.#isOurs(type) && this.#properties(type).some((property) => this.isCrowdType(property));
  }

  isCrowdType(type) {
    return remembered(this.#crowds, type, () => {
      if (type.isUnion()) return type.types.some((part) => this.isCrowdType(part));
      const constraint = type.isTypeParameter() ? this.#checker.getBaseConstraintOfType(type) : undefined;
      if (constraint) return this.isCrowdType(constraint);
      if (this.#checker.isTupleType(type)) {
        const homes = this.#parts(type).filter((part) => this.isHome(part)).length;
        return homes > 1 || (homes === 1 && isOpen(type));
      }
      const elements = this.#elements(type) ?? this.#indexed(type);
      return elements.some((element) => this.isHome(element));
    });
  }

  /** Also the ids of instances, once they were made from a collection of instances. */
  isCrowd(given) {
    const expression = bare(given);
    if (this.isCrowdType(this.#checker.getTypeAtLocation(expression))) return true;
    if (ts.isIdentifier(expression)) {
      const declared = this.#checker.getSymbolAtLocation(expression)?.valueDeclaration;
      const plain = declared && ts.isVariableDeclaration(declared) && ts.isIdentifier(declared.name);
      return Boolean(plain && declared.initializer && this.isCrowd(declared.initializer));
    }
    if (ts.isArrayLiteralExpression(expression))
      return expression.elements.some((one) => ts.isSpreadElement(one) && this.isCrowd(one.expression));
    if (ts.isConditionalExpression(expression))
      return this.isCrowd(expression.whenTrue) || this.isCrowd(expression.whenFalse);
    if (ts.isNewExpression(expression))
      return COLLECTIONS.has(expression.expression.getText()) && this.#copies(expression.arguments);
    return ts.isCallExpression(expression) && this.#derives(expression);
  }

  #derives({ expression: callee, arguments: given }) {
    if (!ts.isPropertyAccessExpression(callee)) return false;
    if (COPYING.has(callee.getText())) return this.#copies(given);
    return DERIVING.has(callee.name.text) && this.isCrowd(callee.expression);
  }

  /** Whether some were left out on the way: `members.filter(ready)`. */
  isSifted(given) {
    const expression = bare(given);
    if (ts.isIdentifier(expression)) {
      const declared = this.#checker.getSymbolAtLocation(expression)?.valueDeclaration;
      const copied = declared && ts.isVariableDeclaration(declared) ? declared.initializer : undefined;
      return copied !== undefined && this.isSifted(copied);
    }
    if (ts.isArrayLiteralExpression(expression))
      return expression.elements.some((one) => ts.isSpreadElement(one) && this.isSifted(one.expression));
    if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return false;
    const { name, expression: source } = expression.expression;
    return SIFTING.has(name.text) || this.isSifted(source);
  }

  #copies(given) {
    return given?.length > 0 && this.isCrowd(given[0]);
  }

  /** What can be iterated over has its elements as type arguments. */
  #elements(type) {
    if (!(type.flags & ts.TypeFlags.Object)) return undefined;
    const parts = this.#parts(type);
    if (parts.length === 0) return undefined;
    const iterates = ({ escapedName }) => /^__@(asyncI|i)terator@|^next$/.test(String(escapedName));
    return type.getProperties().some(iterates) ? parts : undefined;
  }

  #indexed(type) {
    if (!(type.flags & ts.TypeFlags.Object)) return [];
    return this.#checker.getIndexInfosOfType(type).map((info) => info.type);
  }

  #parts(type) {
    return type.objectFlags & ts.ObjectFlags.Reference ? this.#checker.getTypeArguments(type) : [];
  }

  #properties(type) {
    const own = this.#checker.getPropertiesOfType(type).filter(({ flags }) => flags & ts.SymbolFlags.Property);
    return own.map((property) => this.#checker.getTypeOfSymbol(property));
  }

  #isOurs(type) {
    const declared = type.symbol?.declarations?.some((one) => one.getSourceFile().fileName.startsWith(this.#sources));
    return declared === true && Boolean(type.flags & ts.TypeFlags.Object);
  }
}

function remembered(known, type, find) {
  // What asks for itself on the way is no instance by that way.
  if (!known.has(type)) known.set(type, false).set(type, find());
  return known.get(type);
}

function isThing({ flags }) {
  return !(
    flags &
    (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Never | ts.TypeFlags.Null | ts.TypeFlags.Undefined)
  );
}

function isOpen({ target }) {
  return Boolean(target.combinedFlags & ts.ElementFlags.Variable);
}

/** Without parentheses, casts, `!`, `await` and what stands in for nothing. */
function bare(expression) {
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return bare(expression.left);
  const wraps =
    ts.isParenthesizedExpression(expression) ||
    ts.isAsExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isNonNullExpression(expression) ||
    ts.isAwaitExpression(expression);
  return wraps ? bare(expression.expression) : expression;
}

// Only core/resolve.ts may choose one instance among several: whatever else takes one out of a collection of them is a
// breach, by type and not by name. So is a target that was read from outside and does not go to the resolver whole.
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { allowed } from './one-resolver-allowed.mjs';
import { Homes } from './one-resolver-homes.mjs';
import { Targets } from './one-resolver-targets.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const RESOLVER = 'src/lib/core/resolve.ts';
/** What is read there is rows and records. */
const WITHOUT_MESSAGES = /^src\/lib\/(core|hass|store)\//;

function openProgram() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createProgram(fileNames, { ...options, noEmit: true });
}

/** An interface the resolver exports; without it the check would find nothing and say that all is well. */
function typeOf(checker, source, name) {
  const exported = source && checker.getExportsOfModule(checker.getSymbolAtLocation(source));
  const symbol = exported?.find((one) => one.name === name);
  if (!symbol) throw new Error(`${RESOLVER} exports no ${name}: the check does not know what to look for.`);
  return checker.getDeclaredTypeOfSymbol(symbol);
}

const SINGLES = new Set(['at', 'find', 'findLast', 'pop', 'shift', 'next']);
const FOLDS = new Set(['reduce', 'reduceRight']);
const ASSIGNS = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
]);

const isAssignment = (node) => ts.isBinaryExpression(node) && ASSIGNS.has(node.operatorToken.kind);
const isWritten = (node) => isAssignment(node.parent) && node.parent.left === node;
const named = (elements) =>
  elements.some((one) => !ts.isOmittedExpression(one) && !one.dotDotDotToken && !ts.isSpreadElement(one));

/** What a node takes out of a collection of instances, in a word; undefined when it takes nothing. */
class Takes {
  constructor(checker, homes, reference) {
    this.checker = checker;
    this.homes = homes;
    this.reference = reference;
  }

  of(node) {
    if (ts.isElementAccessExpression(node)) return this.ofIndex(node);
    if (ts.isCallExpression(node)) return this.ofCall(node);
    if (ts.isArrayBindingPattern(node) || ts.isObjectBindingPattern(node)) return this.ofPattern(node);
    if (ts.isForOfStatement(node)) return this.ofLoop(node);
    return isAssignment(node) && ts.isArrayLiteralExpression(node.left) ? this.ofAssignment(node) : undefined;
  }

  ofIndex(access) {
    return !isWritten(access) && this.homes.isCrowd(access.expression) ? 'index' : undefined;
  }

  ofLoop({ expression, initializer, statement }) {
    return this.homes.isCrowd(expression) ? this.ofRound(initializer, statement, true) : undefined;
  }

  ofAssignment({ left, right }) {
    return named(left.elements) && this.homes.isCrowd(right) ? 'destructuring' : undefined;
  }

  ofCall(call) {
    const { expression: callee, arguments: given } = call;
    if (this.isSifted(call)) return 'sifted';
    if (!ts.isPropertyAccessExpression(callee) || !this.homes.holdsHomes(callee.expression)) return this.ofHelper(call);
    const name = callee.name.text;
    const crowd = this.homes.isCrowd(callee.expression);
    if (crowd && (SINGLES.has(name) || isPortionOfOne(name, given))) return name;
    if (crowd && FOLDS.has(name) && given.length === 1) return name;
    if (this.homes.isHome(this.checker.getTypeAtLocation(call))) return name;
    const rounds = crowd ? given.filter((one) => ts.isArrowFunction(one) || ts.isFunctionExpression(one)) : [];
    return rounds.map((round) => this.ofRound(round.parameters, round.body, false)).find(Boolean);
  }

  /** With a target go all there are: among those that are ready, the target of another may fit the survivor. */
  isSifted(call) {
    const isTarget = (one) => this.checker.getContextualType(one) === this.reference;
    const { homes } = this;
    return call.arguments.some((one) => homes.isSifted(one) && homes.isCrowd(one)) && call.arguments.some(isTarget);
  }

  /** A function that is told nothing about instances cannot be seen to choose one: its call is what shows. */
  ofHelper(call) {
    const crowds = call.arguments.map((one) => !ts.isFunctionLike(one) && this.homes.isCrowd(one));
    if (!crowds.includes(true)) return undefined;
    const declared = this.checker.getResolvedSignature(call)?.declaration?.parameters;
    const isBlind = (parameter) => !parameter || !this.homes.isCrowdType(this.checker.getTypeAtLocation(parameter));
    const blind = crowds.some((isCrowd, at) => isCrowd && isBlind(declared?.[at]));
    return blind && this.homes.isHome(this.checker.getTypeAtLocation(call)) ? 'helper' : undefined;
  }

  ofPattern(pattern) {
    const { parent } = pattern;
    const takesOne = ts.isArrayBindingPattern(pattern)
      ? named(pattern.elements)
      : pattern.elements.some(({ propertyName }) => propertyName && ts.isNumericLiteral(propertyName));
    if (!takesOne) return undefined;
    const crowd = parent.initializer && ts.isVariableDeclaration(parent) && this.homes.isCrowd(parent.initializer);
    return crowd || this.homes.isCrowdType(this.checker.getTypeAtLocation(pattern)) ? 'destructuring' : undefined;
  }

  /** A loop that ends early, or a round that keeps who came by, chooses who came first or last. */
  ofRound(bindings, body, isLoop) {
    const own = namesIn(bindings);
    const within = (outer) => outer.pos <= body.pos && body.end <= outer.end;
    const keeps = (node) => {
      if (!isAssignment(node) || !mentions(node.right, own)) return false;
      const target = ts.isPropertyAccessExpression(node.left) ? rootOf(node.left) : node.left;
      if (target.kind === ts.SyntaxKind.ThisKeyword) return true;
      if (!ts.isIdentifier(target)) return false;
      const at = this.checker.getSymbolAtLocation(target)?.valueDeclaration;
      return at !== undefined && !(body.pos <= at.pos && at.end <= body.end) && !within(at);
    };
    const found = some(body, keeps);
    if (found) return 'kept';
    return isLoop && exits(body, own) ? 'loop' : undefined;
  }
}

/** `slice(0, 1)`, `slice(-1)`, `take(1)`, `splice(n, 1)`. */
function isPortionOfOne(name, given) {
  const [from, to] = given.map((one) => one.getText());
  if (name === 'take') return from === '1';
  if (name === 'splice') return to === '1';
  return name === 'slice' && ((from === '-1' && to === undefined) || Number(to) - Number(from) === 1);
}

function rootOf(access) {
  return ts.isPropertyAccessExpression(access) ? rootOf(access.expression) : access;
}

function some(node, test) {
  return test(node) || (ts.forEachChild(node, (child) => some(child, test) || undefined) ?? false);
}

/** Whether a loop is left with who came by: by a break, or by a return that says more than yes or no. */
function exits(node, own, inner = false) {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isBreakStatement(node)) return !inner || Boolean(node.label);
  if (ts.isReturnStatement(node)) return Boolean(node.expression && mentions(node.expression, own));
  const nested = inner || ts.isIterationStatement(node, false) || ts.isSwitchStatement(node);
  return ts.forEachChild(node, (child) => exits(child, own, nested) || undefined) ?? false;
}

/** The names that a declaration or parameters bind. */
function namesIn(bindings) {
  const names = new Set();
  const visit = (node) => {
    if (
      (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) &&
      ts.isIdentifier(node.name)
    )
      names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  for (const node of Array.isArray(bindings) ? bindings : [bindings]) visit(node);
  return names;
}

function mentions(node, names) {
  return some(node, (one) => ts.isIdentifier(one) && names.has(one.text));
}

/** Every breach there is, as `{ file, line, rule, how, code }`. */
function search() {
  const program = openProgram();
  const checker = program.getTypeChecker();
  const resolver = program.getSourceFile(join(root, RESOLVER));
  const homes = new Homes(checker, typeOf(checker, resolver, 'Candidate'), join(root, 'src/'));
  const reference = typeOf(checker, resolver, 'Reference');
  const takes = new Takes(checker, homes, reference);
  const targets = new Targets(checker, reference);
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(root, 'src/')));
  const found = [];
  for (const file of files) {
    if (file === resolver) continue;
    const name = relative(root, file.fileName);
    const heedsMessages = !WITHOUT_MESSAGES.test(name);
    const visit = (node) => {
      const how = { take: takes.of(node), target: heedsMessages && targets.of(node) };
      for (const [rule, word] of Object.entries(how)) if (word) found.push(breach(file, name, node, rule, word));
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return { files: files.length, found };
}

function breach(source, file, node, rule, how) {
  const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const code = node
    .getText(source)
    .split('\n')
    .map((text) => text.trim())
    .join(' ')
    .slice(0, 90);
  return { file, line, rule, how, code };
}

const SENTENCES = {
  take: 'takes one instance out of several. Only core/resolve.ts may choose; hand it the collection',
  target: 'does not hand msg.instance_id and msg.instance_name to the resolver, both and untouched',
};

const { files, found } = search();
const complaints = [];
for (const { file, rule, how, times = 1 } of allowed) {
  const known = found.filter((one) => one.file === file && one.rule === rule && one.how === how);
  if (known.length === 0) complaints.push(`tools/one-resolver-allowed.mjs: nothing in ${file} is a "${how}" any more`);
  if (known.length <= times) for (const one of known) found.splice(found.indexOf(one), 1);
}
for (const { file, line, rule, how, code } of found) {
  complaints.push(`${file}:${line} (${rule}: ${how}) ${code}\n  ${SENTENCES[rule]}.`);
}
for (const complaint of complaints) console.error(complaint);
console.log(`${files} files, ${allowed.length} exceptions`);
process.exit(complaints.length === 0 ? 0 : 1);

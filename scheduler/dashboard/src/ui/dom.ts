// Small helpers to build elements.  Styles are in style.css: the page may have none of its own.

type Attribute = string | number | boolean | ((event: never) => void);

// An element with attributes, listeners (`onclick`) and children.  A false attribute is absent.
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, attributes: Record<string, Attribute> = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value as EventListener);
    } else if (value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children);
  return element;
}

// These write only what changed, so that a selection of text and a screen reader are not disturbed.
export function setText(element: Element, text: string) {
  if (element.textContent !== text) element.textContent = text;
}

export function setData(element: HTMLElement, name: string, value: string | number | boolean) {
  const text = String(value);
  if (element.dataset[name] !== text) element.dataset[name] = text;
}

export function setAttribute(element: Element, name: string, value: string) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function show(element: HTMLElement, isShown: boolean) {
  if (element.hidden === isShown) element.hidden = !isShown;
}

const svgNamespace = "http://www.w3.org/2000/svg";

export function svg(tag: string, attributes: Record<string, string | number>, ...children: Node[]):
    SVGElement {
  const element = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

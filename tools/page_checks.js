// Runs inside a page and returns a list of faults in words.  Rules: EN 301 549 / WCAG 2.2 AA, as far as
// a machine can tell.  Used by check_pages.py.
(() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const brief = (element) => {
    const text = (element.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return `<${element.tagName.toLowerCase()}${element.id ? ' id=' + element.id : ''}> ${text}`.trim();
  };

  if (!document.documentElement.lang) faults.push('the page has no language (html lang)');
  if (!document.title.trim()) faults.push('the page has no title');
  if (all('main').length !== 1) faults.push(`the page has ${all('main').length} main landmarks, expected 1`);
  const top = all('h1').length;
  if (top !== 1) faults.push(`the page has ${top} headings of level 1, expected 1`);
  let level = 0;
  for (const heading of all('h1,h2,h3,h4,h5,h6')) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push(`heading order goes from level ${level} to ${own}: ${brief(heading)}`);
    if (!heading.textContent.trim()) faults.push(`an empty heading of level ${own}`);
    level = own;
  }

  for (const image of all('img')) {
    if (!image.hasAttribute('alt')) faults.push(`a picture has no alternative text: ${brief(image.parentElement)}`);
    if (image.complete && !image.naturalWidth) faults.push(`a picture does not show: ${brief(image.parentElement)}`);
  }
  for (const figure of all('figure img')) {
    if (!(figure.alt || '').trim()) faults.push(`a figure has an empty alternative text: ${brief(figure.parentElement)}`);
  }
  for (const drawing of all('svg')) {
    const named = drawing.getAttribute('aria-label') || drawing.getAttribute('aria-labelledby') || drawing.querySelector('title');
    if (!named && drawing.getAttribute('aria-hidden') !== 'true') faults.push('an inline svg has no alternative text');
  }

  for (const table of all('table')) {
    if (!table.caption || !table.caption.textContent.trim()) faults.push(`a table has no caption: ${brief(table)}`);
    const heads = [...table.querySelectorAll('th')];
    if (!heads.length) faults.push(`a table has no header cells: ${brief(table)}`);
    const bare = heads.filter((head) => !head.scope).length;
    if (bare) faults.push(`${bare} header cell(s) have no scope: ${brief(table)}`);
  }

  const seen = new Map();
  for (const element of all('[id]')) seen.set(element.id, (seen.get(element.id) || 0) + 1);
  for (const [id, count] of seen) if (count > 1) faults.push(`the id '${id}' stands ${count} times`);
  for (const link of all('a')) {
    if (!(link.textContent.trim() || link.getAttribute('aria-label'))) faults.push('a link has no text');
    const target = link.getAttribute('href') || '';
    if (target.startsWith('#') && target.length > 1 && !document.getElementById(decodeURIComponent(target.slice(1)))) {
      faults.push(`a link goes nowhere: ${target}`);
    }
  }
  for (const element of all('[aria-describedby],[aria-labelledby]')) {
    const ids = `${element.getAttribute('aria-describedby') || ''} ${element.getAttribute('aria-labelledby') || ''}`;
    for (const id of ids.split(/\s+/).filter(Boolean)) {
      if (!document.getElementById(id)) faults.push(`${brief(element)} points to '${id}', which is not there`);
    }
  }

  const channels = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).slice(0, 3).map((c) => {
      const share = c / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const [, , , alpha = 1] = channels(colour);
      if (alpha === 1) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const told = new Set();
  for (const element of all('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const look = getComputedStyle(element);
    const [high, low] = [luminance(look.color), luminance(ground(element))].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(look.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(look.fontWeight) >= 700);
    const key = `${look.color} on ${ground(element)}`;
    if (ratio < (large ? 3 : 4.5) && !told.has(key)) {
      told.add(key);
      faults.push(`contrast ${ratio.toFixed(2)} : 1 (${key}): ${brief(element)}`);
    }
  }
  return faults;
})()

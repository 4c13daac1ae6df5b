// Loads the page anew when the server says that it has changed.
"use strict";

(() => {
  const shortest = 500;
  const longest = 10000;
  let delay = shortest;
  let wasOpen = false;

  const normal = (path) => (path.length > 1 ? path.replace(/\/+$/, "") || "/" : path);

  const text = (path) => {
    try {
      return decodeURIComponent(path);
    } catch {
      return path;
    }
  };

  const fetchStyles = () => {
    for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
      const url = new URL(link.href);
      if (url.origin === location.origin) {
        url.searchParams.set("live-reload", Date.now());
        link.href = url.href;
      }
    }
  };

  const connect = () => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/live-reload`);
    socket.onopen = () => {
      delay = shortest;
      // The program was started again, or changes were missed.
      if (wasOpen) {
        location.reload();
      }
      wasOpen = true;
    };
    socket.onmessage = (message) => {
      const change = JSON.parse(message.data);
      if (change.kind === "styles") {
        fetchStyles();
      } else if (change.kind === "all" || change.paths.map(normal).includes(normal(text(location.pathname)))) {
        location.reload();
      }
    };
    socket.onclose = () => {
      setTimeout(connect, delay);
      delay = Math.min(delay * 2, longest);
    };
  };

  connect();
})();

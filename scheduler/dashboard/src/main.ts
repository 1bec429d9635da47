// The dashboard.
document.body.append("pi");

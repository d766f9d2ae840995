"""How fast the app is, beside the simplest Streamlit app on the same machine in the same run: `make bench`."""

"""What is sent to the canvases: results in, bytes out. No Streamlit."""

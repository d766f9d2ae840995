"""What is asked: what a link may say, read into values. No Streamlit."""

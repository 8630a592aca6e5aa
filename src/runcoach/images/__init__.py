"""Draws images from arrays with Pillow; knows neither SQL nor HTTP."""

"""A broker that somebody else keeps, as a source: paho's client, our acknowledgements."""

print("lesson 7")

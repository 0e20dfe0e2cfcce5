// One import for all of the library.
@_exported import RetrogradArchives
@_exported import RetrogradAutograd
@_exported import RetrogradDatasets
@_exported import RetrogradDecks
@_exported import RetrogradDownloads
@_exported import RetrogradDrawing
@_exported import RetrogradFiles
@_exported import RetrogradGradientChecking
@_exported import RetrogradImages
@_exported import RetrogradNeuralNetworks
@_exported import RetrogradReports
@_exported import RetrogradRuns
@_exported import RetrogradSketchbook
@_exported import RetrogradTensors
@_exported import RetrogradTraining
@_exported import RetrogradWeightFiles
@_exported import RetrogradWeights
